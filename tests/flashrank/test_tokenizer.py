"""The tokenizer of a model directory, and the limit on a pair's tokens."""

from __future__ import annotations

import json
import shutil

import pytest

from flashrank.errors import InvalidModel
from flashrank.tokenizer import load_tokenizer


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
