"""Ranker with templates, and with what ``flashrank.json`` says."""

from __future__ import annotations

import dataclasses
import json
import shutil

import pytest
from tokenizers import Tokenizer

from flashrank import InvalidModel, InvalidRequest, Ranker
from flashrank.models.model_list import find_model

MONOT5 = "Query: {query} Document: {passage} Relevant:"


@pytest.fixture
def t5(tmp_path, fixtures):
    return shutil.copytree(fixtures / "no-token-types", tmp_path / "model")


def _ids(ranker, query, passage):
    (pair,) = ranker._pairs.encode(query, [passage])
    return pair.ids


def _whole(ranker, text):
    return Tokenizer.from_file(str(ranker.model_dir / "tokenizer.json")).encode(text).ids


def test_a_template_makes_one_text_of_a_pair(t5):
    ranker = Ranker(t5, template=MONOT5, log_level="ERROR")
    assert _ids(ranker, "the query", "{query} passages") == _whole(
        ranker, "Query: the query Document: {query} passages Relevant:"
    )
    scored = ranker.score("the query", ["the passages", "rank " * 600])
    assert scored.tokens[1] == 512
    assert scored.truncated == 1
    assert _ids(ranker, "the query", "rank " * 600)[-9:] == _ids(ranker, "the query", "rank")[-9:]
    assert scored != Ranker(t5, log_level="ERROR").score("the query", ["the passages", "rank " * 600])


def test_the_callers_template_counts_before_the_files_and_the_files_before_the_rows(t5, tmp_path, monkeypatch):
    def write(**recipe):
        (t5 / "flashrank.json").write_text(json.dumps(recipe))

    pair, one_text = (_ids(Ranker(t5, template=text), "rank", "query") for text in ("", MONOT5))
    assert pair != one_text
    assert _ids(Ranker(t5), "rank", "query") == pair
    write(template=MONOT5)
    assert _ids(Ranker(t5), "rank", "query") == one_text
    assert _ids(Ranker(t5, template=""), "rank", "query") == pair
    # By name, as a row that has a template of its own.
    row = dataclasses.replace(find_model("rank-T5-flan"), name="model", template=MONOT5, file="model.onnx")
    monkeypatch.setattr("flashrank.models.model_list.ROWS", (row,))
    assert _ids(Ranker("model", tmp_path, template=""), "rank", "query") == pair
    write(template=None)
    assert _ids(Ranker("model", tmp_path), "rank", "query") == pair
    write(source="org/name")
    assert _ids(Ranker("model", tmp_path), "rank", "query") == one_text


def test_rank_t5_can_be_fed_as_its_paper_says(t5, tmp_path):
    directory = t5.rename(tmp_path / "rank-T5-flan")
    (directory / "model.onnx").rename(directory / "flashrank-rankt5_Q.onnx")
    spec = find_model("rank-T5-flan")
    assert _ids(Ranker(spec.name, tmp_path, template=spec.card_template), "a query", "rank") == _whole(
        Ranker(spec.name, tmp_path), "Query: a query Document: rank"
    )


def test_a_replaced_tokenizer_keeps_the_template(t5):
    ranker = Ranker(t5, template=MONOT5, log_level="ERROR")
    expected = ranker.score("rank", ["the passages"])
    ranker.tokenizer = Tokenizer.from_str(ranker.tokenizer.to_str())
    assert ranker.score("rank", ["the passages"]) == expected


def test_max_length_must_hold_the_template(t5):
    with pytest.raises(InvalidRequest, match=r"max_length is 20, of which 20 can be used \(max_length\).*at least \d+"):
        Ranker(t5, template=MONOT5, max_length=20)


def test_the_recipes_length_and_languages_count(t5, caplog):
    (t5 / "flashrank.json").write_text(json.dumps({"max_length": 40, "languages": ["en"]}))
    ranker = Ranker(t5)
    assert ranker.max_length == 40
    assert "max_length 512 is clamped to 40" in caplog.text
    ranker.score("запрос", ["rank"])
    assert "knows English only" in caplog.text


def test_a_recipe_that_is_wrong_is_named(t5):
    (t5 / "flashrank.json").write_text('{"template": "{passage}"}')
    with pytest.raises(InvalidModel, match=r"flashrank\.json: template is '{passage}'"):
        Ranker(t5)
