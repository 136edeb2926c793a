"""The tokenizer of a model directory, and the limit on a pair's tokens."""

from __future__ import annotations

import json
import shutil

import pytest

from flashrank.errors import InvalidModel
from flashrank.scoring.tokenizer import Limit, length_limit, truncating_tokenizer


def load_tokenizer(directory, wanted, model_limit=None):
    """Return the tokenizer that a Ranker makes, and the length that it truncates at."""
    length = length_limit(directory, wanted, model_limit).tokens
    return truncating_tokenizer(directory, length), length


@pytest.fixture
def model(tmp_path, fixtures):
    return shutil.copytree(fixtures / "one-logit-int8", tmp_path / "model")


def _set(path, **values):
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.mark.parametrize(
    ("wanted", "row", "tokenizer_limit", "positions", "expected"),
    [
        (64, 512, 512, 512, 64),
        (4096, 512, 512, 512, 512),
        (4096, 256, 512, 512, 256),
        (4096, None, 128, 512, 128),
        (4096, None, 10**30, 512, 512),
    ],
)
def test_the_smallest_limit_holds(model, wanted, row, tokenizer_limit, positions, expected):
    _set(model / "tokenizer_config.json", model_max_length=tokenizer_limit)
    _set(model / "config.json", max_position_embeddings=positions)
    tokenizer, length = load_tokenizer(model, wanted, row)
    assert length == expected
    assert tokenizer.truncation["max_length"] == expected
    assert tokenizer.truncation["strategy"] == "longest_first"
    assert tokenizer.padding is None


def test_only_tokenizer_json_is_indispensable(model):
    for name in ("tokenizer_config.json", "special_tokens_map.json", "config.json"):
        (model / name).unlink()
    _, length = load_tokenizer(model, 77)
    assert length == 77


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json", "tokenizer_config.json"])
def test_a_damaged_file_is_named(model, name):
    (model / name).write_text("{")
    with pytest.raises(InvalidModel, match=name):
        load_tokenizer(model, 64)
    (model / name).write_text("[" * 200_000 + "]" * 200_000)
    with pytest.raises(InvalidModel, match=name):
        load_tokenizer(model, 64)


@pytest.mark.parametrize(
    ("config", "usable"),
    [
        ({"model_type": "bert", "max_position_embeddings": 300, "pad_token_id": 0}, 300),
        ({"model_type": "bert", "max_position_embeddings": 300, "pad_token_id": 7}, 300),
        ({"model_type": "distilbert", "max_position_embeddings": 300}, 300),
        ({"model_type": "roberta", "max_position_embeddings": 302, "pad_token_id": 1}, 300),
        ({"model_type": "xlm-roberta", "max_position_embeddings": 302, "pad_token_id": 1}, 300),
        ({"model_type": "camembert", "max_position_embeddings": 302, "pad_token_id": 1}, 300),
        ({"model_type": "mpnet", "max_position_embeddings": 302, "pad_token_id": 1}, 300),
        ({"model_type": "roberta", "max_position_embeddings": 302, "pad_token_id": 0}, 301),
        ({"model_type": "roberta", "max_position_embeddings": 1, "pad_token_id": 1}, 0),
        ({"model_type": "t5", "n_positions": 300}, 400),
        ({"model_type": "t5", "max_position_embeddings": None}, 400),
    ],
)
def test_positions_that_no_token_can_have_do_not_count(model, config, usable):
    (model / "config.json").write_text(json.dumps(config))
    assert length_limit(model, 400).tokens == usable


def test_the_limit_says_what_set_it(model):
    _set(model / "config.json", max_position_embeddings=300)
    assert length_limit(model, 200, 512) == Limit(200, "max_length")
    assert length_limit(model, 4096, 256) == Limit(256, "the model")
    assert length_limit(model, 4096, 512) == Limit(300, str(model / "config.json"))
    _set(model / "tokenizer_config.json", model_max_length=128)
    assert length_limit(model, 4096) == Limit(128, str(model / "tokenizer_config.json"))


def test_positions_counted_from_a_padding_that_is_not_there_are_told(model, caplog):
    for config in ({}, {"pad_token_id": None}):
        config |= {"model_type": "roberta", "max_position_embeddings": 130}
        (model / "config.json").write_text(json.dumps(config))
        assert length_limit(model, 512).tokens == 128
    assert len(caplog.records) == 2
    assert "config.json: no pad_token_id, from which roberta counts positions: taken to be 1" in caplog.text


def test_a_tokenizer_without_padding_is_like_any_other(model):
    """Nothing is padded here, so a tokenizer without a token for it loads, and gives the same ids."""
    expected, _ = load_tokenizer(model, 64)
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        entries = json.loads((model / name).read_text())
        (model / name).write_text(json.dumps({**entries, "pad_token": None}))
    entries = json.loads((model / "tokenizer.json").read_text())
    entries["padding"] = None
    entries["added_tokens"] = [token for token in entries["added_tokens"] if token["content"] != "[PAD]"]
    (model / "tokenizer.json").write_text(json.dumps(entries))
    tokenizer, _ = load_tokenizer(model, 64)
    assert tokenizer.encode("rank the query", "passages").ids == expected.encode("rank the query", "passages").ids


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("config.json", {"max_position_embeddings": "512"}, "max_position_embeddings is '512'; expected a number"),
        ("config.json", {"model_type": "roberta", "pad_token_id": "1"}, "pad_token_id is '1'"),
        ("tokenizer_config.json", {"model_max_length": [512]}, "model_max_length is"),
        ("special_tokens_map.json", {"sep_token": {"content": 3}}, "sep_token is not a token"),
    ],
)
def test_a_value_of_the_wrong_type_is_named_with_its_file(model, name, values, message):
    _set(model / name, **values)
    with pytest.raises(InvalidModel, match=rf"{name}: {message}".replace("[", r"\[")):
        load_tokenizer(model, 64)


@pytest.mark.parametrize("limit", [0, -1, None, float("inf"), float("nan")])
def test_a_limit_that_says_nothing_is_none(model, limit):
    _set(model / "config.json", max_position_embeddings=limit)
    _set(model / "tokenizer_config.json", model_max_length=limit)
    assert length_limit(model, 77).tokens == 77
