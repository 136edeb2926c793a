"""Every architecture scores as in transformers and sentence-transformers, through ``Ranker``, from what is committed.

The models are those of ``fixtures/architectures``: exported by ``flashrank export`` from tiny seeded checkpoints.
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pytest

from flashrank import Ranker, RerankRequest

MODELS = Path(__file__).parents[2] / "fixtures" / "architectures"
REFERENCE = json.loads((MODELS / "reference.json").read_text(encoding="utf-8"))
REQUESTS = REFERENCE["requests"]
ONE_LOGIT = {"bert", "distilbert", "roberta", "xlm-roberta", "deberta-v2", "t5-encoder"}
TWO_LOGITS = {"electra", "modernbert", "t5"}
CLASSIFIERS = sorted(name for name in ONE_LOGIT | TWO_LOGITS if not name.startswith("t5"))
PREFIX, SUFFIX = "Query:", "Relevant:"


def score_of(logits):
    """Return the score in double precision: a sigmoid of one logit, the softmax's second of two."""
    return 1 / (1 + math.exp(-logits[0] if len(logits) == 1 else logits[0] - logits[1]))


@pytest.fixture
def ranker_of(fixtures):
    return lambda name, max_length=512: Ranker(
        fixtures / "architectures" / name, max_length=max_length, log_level="ERROR"
    )


def test_every_architecture_is_here():
    assert set(REFERENCE["models"]) == ONE_LOGIT | TWO_LOGITS
    assert {path.name for path in MODELS.iterdir() if path.is_dir()} == ONE_LOGIT | TWO_LOGITS


# No text of T5's template has as few as 24 tokens, and transformers would cut its end off.
LENGTHS = [
    (name, length) for name in sorted(ONE_LOGIT | TWO_LOGITS) for length in (512, 24) if (name, length) != ("t5", 24)
]


@pytest.mark.parametrize(("name", "length"), LENGTHS)
def test_ids_and_scores_equal_those_of_transformers(name, length, ranker_of):
    ranker = ranker_of(name, length)
    compared = 0
    for (query, passages), request in zip(REQUESTS, REFERENCE["models"][name], strict=True):
        encoded = ranker._pairs.encode(query, passages)
        scores = ranker.score(query, passages).scores
        for tokens, score, pair in zip(encoded, scores, request["pairs"], strict=True):
            expected = pair[str(length)]
            if expected is None:  # longer than a T5 reads, which transformers would cut at its end
                continue
            assert len(tokens.ids) == expected["tokens"]
            if "ids" in expected:
                assert tokens.ids == expected["ids"]
            else:
                assert hashlib.sha256(np.array(tokens.ids, "<i8").tobytes()).hexdigest() == expected["sha256"]
            if "second" in expected and "token_type_ids" in {node.name for node in ranker.session.get_inputs()}:
                assert sum(tokens.type_ids) == expected["second"]
            assert len(expected["logits"]) == (1 if name in ONE_LOGIT else 2)
            assert score == pytest.approx(score_of(expected["logits"]), abs=1e-5)
            compared += 1
    assert compared >= (25 if name == "t5" else 36)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_scores_equal_those_of_sentence_transformers(name, ranker_of):
    ranker = ranker_of(name)
    for (query, passages), request in zip(REQUESTS, REFERENCE["models"][name], strict=True):
        assert ranker.score(query, passages).scores == pytest.approx(request["scores"], abs=1e-5)


@pytest.mark.parametrize("name", sorted(ONE_LOGIT.intersection(CLASSIFIERS)))
def test_ranks_equal_those_of_sentence_transformers(name, ranker_of):
    ranker = ranker_of(name)
    for (query, passages), request in zip(REQUESTS, REFERENCE["models"][name], strict=True):
        ranked = ranker.rerank(RerankRequest(query, [{"id": i, "text": text} for i, text in enumerate(passages)]))
        assert [passage["id"] for passage in ranked] == request["ranks"]


@pytest.mark.parametrize("name", sorted(ONE_LOGIT | TWO_LOGITS))
def test_scores_tell_passages_apart(name):
    """Equal scores everywhere would equal anything."""
    logits = [
        pair["512"]["logits"][-1]
        for request in REFERENCE["models"][name]
        for pair in request["pairs"]
        if pair["512"] is not None
    ]
    assert np.std(logits) > 0.05


def test_positions_that_roberta_counts_from_its_padding_are_not_tokens(ranker_of):
    for name in ("roberta", "xlm-roberta"):
        config = json.loads((MODELS / name / "config.json").read_text(encoding="utf-8"))
        assert (config["max_position_embeddings"], config["pad_token_id"]) == (66, 1)
        assert ranker_of(name).max_length == 64
        assert ranker_of(name).score("how many tokens", ["words and " * 100]).tokens == (64,)


def test_t5_keeps_the_words_around_a_passage_that_is_cut(ranker_of):
    ranker = ranker_of("t5", 100)
    query, passage = "how do bees find their way home", "bees " * 300
    (tokens,) = ranker._pairs.encode(query, [passage])
    assert len(tokens.ids) == 100
    text = ranker.tokenizer.decode(tokens.ids)
    assert text.startswith(f"{PREFIX} {query} Document: bees")
    assert text.endswith(SUFFIX)


@pytest.mark.parametrize("name", sorted(ONE_LOGIT | TWO_LOGITS))
def test_a_graph_takes_any_batch_and_length(name, ranker_of):
    """flashrank scores pair by pair; others who load the file may not."""
    session = ranker_of(name).session
    for rows, columns in ((1, 3), (3, 17), (2, 64)):
        feed = {node.name: np.ones((rows, columns), np.int64) for node in session.get_inputs()}
        (logits,) = session.run(None, feed)
        assert logits.shape == (rows, 1 if name in ONE_LOGIT else 2)
        assert np.allclose(logits, logits[0], atol=1e-5)
