"""Token ids and scores in many languages equal transformers' own, for multilingual BERT and XLM-R."""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from flashrank import Ranker, RerankRequest

FOLDER = Path(__file__).parents[2] / "fixtures" / "multilingual"
REFERENCE = json.loads((FOLDER / "reference.json").read_text(encoding="utf-8"))["pairs"]
COLLECTIONS = json.loads((FOLDER / "collections.json").read_text(encoding="utf-8"))
MODELS = ("multibert-uncased", "multibert-cased", "xlm-roberta")
LENGTHS = (512, 32)
NAMES = [pair["what"] for pair in REFERENCE]


@pytest.fixture(scope="module")
def ranker(fixtures):
    rankers = {}

    def load(model, length=512):
        if (model, length) not in rankers:
            rankers[model, length] = Ranker(
                fixtures / "multilingual" / model, max_length=length, log_level="ERROR", threads=1
            )
        return rankers[model, length]

    return load


def pair_of(name):
    return next(pair for pair in REFERENCE if pair["what"] == name)


def digest(pairs):
    sha256 = hashlib.sha256()
    for ids in pairs:
        sha256.update(np.array([len(ids), *ids], "<i4").tobytes())
    return sha256.hexdigest()


def score_of(logits):
    return 1 / (1 + math.exp(-logits[0] if len(logits) == 1 else logits[0] - logits[1]))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("model", MODELS)
def test_ids_equal_transformers(ranker, model, name):
    pair = pair_of(name)
    for length in LENGTHS:
        [found] = ranker(model, length)._pairs.encode(pair["query"], [pair["passage"]])
        expected = pair[model][str(length)]
        if isinstance(expected, list):
            assert found.ids == expected
        else:
            assert {"tokens": len(found.ids), "sha256": digest([found.ids])} == expected


@pytest.mark.parametrize("model", MODELS)
def test_scores_equal_torch(ranker, model):
    for pair in REFERENCE:
        [score] = ranker(model).score(pair["query"], [pair["passage"]]).scores
        assert score == pytest.approx(score_of(pair[model]["logits"]), abs=1e-5), pair["what"]


@pytest.mark.parametrize("model", MODELS)
def test_many_languages_in_one_request(ranker, model):
    passages = [{"id": pair["what"], "text": pair["passage"]} for pair in REFERENCE]
    results = ranker(model).rerank(RerankRequest(query=REFERENCE[0]["query"], passages=passages))
    assert sorted(result["id"] for result in results) == sorted(NAMES)
    by_id = {result["id"]: result for result in results}
    assert [by_id[passage["id"]]["text"] for passage in passages] == [passage["text"] for passage in passages]


def test_the_references_are_of_many_kinds():
    texts = "".join(pair["query"] + pair["passage"] for pair in REFERENCE)
    assert {unicodedata.bidirectional(character) for character in texts} >= {"L", "R", "AL", "AN", "NSM"}
    assert {unicodedata.category(character) for character in texts} >= {"Mn", "Mc", "Lo", "Lm", "Cf", "So", "Sc", "Nl"}


@pytest.mark.parametrize("name", ["Yoruba", "Vietnamese", "Korean"])
def test_only_the_uncased_model_reads_both_normal_forms_alike(ranker, name):
    decomposed = pair_of(f"{name}, NFD")
    texts = [decomposed["query"], decomposed["passage"]]
    for model in MODELS:
        (before,), (after,) = (
            ranker(model)._pairs.encode(query, [passage])
            for query, passage in (texts, [unicodedata.normalize("NFC", text) for text in texts])
        )
        assert (before.ids == after.ids) == (model == "multibert-uncased")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", COLLECTIONS["multibert-cased"])
def test_ids_of_real_collections_equal_transformers(shared, ranker, model, name):
    folder = shared / "collections" / name
    queries, passages = (
        [json.loads(line) for line in (folder / file).read_text(encoding="utf-8").split("\n")[:count]]
        for file, count in (("queries.jsonl", COLLECTIONS["queries"]), ("corpus.jsonl", COLLECTIONS["passages"]))
    )
    texts = [f"{passage.get('title', '')} {passage['text']}".strip() for passage in passages]
    for length in LENGTHS:
        encoder = ranker(model, length)._pairs
        ids = [pair.ids for query in queries for pair in encoder.encode(query["text"], texts)]
        expected = COLLECTIONS[model][name][str(length)]
        assert sum(map(len, ids)) == expected["tokens"]
        assert digest(ids) == expected["sha256"]
