"""The JSON files of a model's directory."""

from __future__ import annotations

import re

import pytest

from bench.common.errors import BenchError
from bench.common.model_config import read_model_config


def test_the_object_is_returned(tmp_path):
    (tmp_path / "config.json").write_text('{"num_hidden_layers": 2, "name": "Ωμέγα"}', encoding="utf-8")
    assert read_model_config(tmp_path) == {"num_hidden_layers": 2, "name": "Ωμέγα"}


def test_another_file_is_read_by_its_name(tmp_path):
    (tmp_path / "tokenizer_config.json").write_text('{"model_max_length": 512}', encoding="utf-8")
    assert read_model_config(tmp_path, "tokenizer_config.json") == {"model_max_length": 512}


def test_no_file_says_nothing(tmp_path):
    assert read_model_config(tmp_path) == {}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"{", "cannot be read as JSON"),
        (b"\xff", "cannot be read as JSON"),
        (b"[" * 200_000, "cannot be read as JSON"),
        (b"[]", "expected a JSON object"),
    ],
)
def test_another_content_is_refused(tmp_path, content, fault):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(BenchError, match=re.escape(f"{path}: {fault}")):
        read_model_config(tmp_path)
