"""What ``flashrank.json`` may say, and what is refused."""

from __future__ import annotations

import json

import pytest

from flashrank.errors import InvalidModel
from flashrank.models.recipe import Recipe, read_recipe

WHOLE = {
    "format": 1,
    "template": "Query: {query} Document: {passage} Relevant:",
    "max_length": 512,
    "languages": ["en", "de"],
    "source": "unicamp-dl/InRanker-small",
    "revision": "0123abc",
    "license": "apache-2.0",
}


def _write(directory, content):
    (directory / "flashrank.json").write_text(content if isinstance(content, str) else json.dumps(content))


def test_without_the_file_nothing_is_said(tmp_path):
    assert read_recipe(tmp_path) == Recipe()


def test_every_key_is_read_and_unknown_ones_are_ignored(tmp_path):
    _write(tmp_path, {**WHOLE, "file": "onnx/model.onnx", "later": {"a": 1}})
    assert read_recipe(tmp_path) == Recipe(
        template=WHOLE["template"],
        max_length=512,
        languages=("en", "de"),
        source="unicamp-dl/InRanker-small",
        revision="0123abc",
        license="apache-2.0",
    )


@pytest.mark.parametrize("key", WHOLE)
def test_every_key_may_be_null_or_missing(tmp_path, key):
    _write(tmp_path, {**WHOLE, key: None})
    null = read_recipe(tmp_path)
    _write(tmp_path, {name: value for name, value in WHOLE.items() if name != key})
    missing = read_recipe(tmp_path)
    if key == "template":
        assert (null.template, missing.template) == ("", None)  # the tokenizer's own pair, and nothing said
    else:
        assert null == missing


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read as JSON"),
        ([], "expected a JSON object"),
        ({"format": 2}, "format is 2.*upgrade"),
        ({"format": "1"}, "format is '1'"),
        ({"template": 3}, "template is 3; expected a string or null"),
        ({"template": "Query: {query}"}, "it must hold {query} and then {passage}"),
        ({"max_length": "512"}, "max_length is '512'"),
        ({"max_length": True}, "max_length is True"),
        ({"max_length": 0}, "max_length is 0"),
        ({"languages": "en"}, "languages is 'en'"),
        ({"languages": ["en", 3]}, "expected a list of strings"),
        ({"source": 3}, "source is 3"),
        ({"revision": []}, "revision is"),
        ({"license": 1.5}, "license is 1.5"),
    ],
)
def test_what_is_wrong_is_named_with_the_file(tmp_path, content, message):
    _write(tmp_path, content)
    with pytest.raises(InvalidModel, match=rf"flashrank\.json: .*{message}"):
        read_recipe(tmp_path)
