"""Ranker at the limits of a model's positions, on real graphs."""

from __future__ import annotations

import json
import shutil

import pytest

from flashrank import InvalidModel, Ranker


@pytest.mark.parametrize("name", ["bert", "roberta", "xlm-roberta"])
def test_the_limit_read_off_config_json_is_the_graphs(tmp_path, fixtures, name):
    """RoBERTa's kind has a table of 66 positions for 64 tokens: the limit is neither more nor less."""
    model = shutil.copytree(fixtures / "architectures" / name, tmp_path / "model")
    (model / "flashrank.json").unlink()
    entries = json.loads((model / "tokenizer_config.json").read_text())
    (model / "tokenizer_config.json").write_text(json.dumps({**entries, "model_max_length": 10**30}))
    ranker = Ranker(model, log_level="ERROR")
    assert ranker.max_length == 64
    assert ranker.score("rank", ["passages " * 100]).tokens == (64,)
    ranker.tokenizer.enable_truncation(max_length=65)
    with pytest.raises(InvalidModel, match=r"model\.onnx: onnxruntime failed on a pair of 65 tokens"):
        ranker.score("rank", ["passages " * 100])


def test_a_position_table_shorter_than_max_length_clamps_and_names_its_file(tmp_path, fixtures, caplog):
    model = shutil.copytree(fixtures / "one-logit-int8", tmp_path / "model")
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 100}))
    ranker = Ranker(model, max_length=256)
    assert ranker.max_length == 100
    assert f"max_length 256 is clamped to 100, the limit of {model / 'config.json'}" in caplog.text
    assert ranker.score("rank", ["passages " * 300]).tokens == (100,)


def test_what_is_odd_about_a_config_is_said_once(tmp_path, fixtures, caplog):
    model = shutil.copytree(fixtures / "architectures" / "roberta", tmp_path / "model")
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, "pad_token_id": None}))
    Ranker(model, max_length=32)
    assert [record.getMessage().count("no pad_token_id") for record in caplog.records] == [1]


def test_a_position_table_shorter_than_its_config_says_is_named(tmp_path, fixtures):
    model = shutil.copytree(fixtures / "one-logit-int8", tmp_path / "model")
    for name, key in (("config.json", "max_position_embeddings"), ("tokenizer_config.json", "model_max_length")):
        entries = json.loads((model / name).read_text())
        (model / name).write_text(json.dumps({**entries, key: 2048}))
    ranker = Ranker(model, max_length=1024, log_level="ERROR")
    assert ranker.score("rank", ["passages"]).truncated == 0
    with pytest.raises(InvalidModel, match=r"model\.onnx: onnxruntime failed on a pair of 1024 tokens: .*max_length"):
        ranker.score("rank", ["passages " * 1100])
