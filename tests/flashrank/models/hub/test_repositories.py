"""A repository that holds no model is refused before anything large is fetched."""

from __future__ import annotations

import pytest

from flashrank.errors import InvalidModel
from flashrank.models.store import resolve_model
from tests.flashrank.models.tiny_archive import external

from .repository import CONTENT, FIRST, FOLDER, NAME

EXPORT = f"flashrank export {NAME} reranker"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"onnx/model.onnx": None, "onnx/model_O3.onnx": None}, f"has no .onnx file; to make .*: {EXPORT}$"),
        ({"tokenizer.json": None}, f"has no tokenizer.json; to make .*: {EXPORT}$"),
        ({"config.json": None}, f"has no config.json; to make .*: {EXPORT}$"),
        (
            {"onnx/model.onnx": None, "onnx/model_O3.onnx": None, "onnx/a.onnx": b"a", "onnx/b.onnx": b"b"},
            "not clear",
        ),
        ({"config.json": b"{"}, "config.json is not valid JSON"),
        ({"config.json": b"[" * 200_000 + b"]" * 200_000}, "config.json is not valid JSON"),
        ({"flashrank.json": b"[" * 200_000 + b"]" * 200_000}, "flashrank.json: cannot be read as JSON"),
        ({"onnx/model.onnx": b"\x32"}, "onnx/model.onnx is not an ONNX model"),
        ({"onnx/model.onnx": external("data")}, "onnx/data, external data of onnx/model.onnx, is missing"),
        ({"onnx/model.onnx": external("../config.json")}, r"names '\.\./config.json' as .* outside its directory"),
        ({"onnx/model.onnx": external("/etc/passwd")}, "names '/etc/passwd' as external data, outside"),
        ({"flashrank.json": b"[]"}, "flashrank.json: expected a JSON object"),
        ({"flashrank.json": b'{"template": 1}'}, "flashrank.json: template is 1"),
        ({"flashrank.json": b'{"file": 1}'}, "flashrank.json: file is 1"),
        ({"flashrank.json": b'{"file": "../x.onnx"}'}, r"flashrank.json: file is '\.\./x.onnx'"),
        (
            {"flashrank.json": b'{"file": "x.onnx"}'},
            "flashrank.json names 'x.onnx', which is none of onnx/model.onnx",
        ),
    ],
)
def test_a_repository_that_is_no_model_is_refused(serve, cache, change, message):
    serve({file: data for file, data in {**CONTENT, **change}.items() if data is not None})
    with pytest.raises(InvalidModel, match=message) as caught:
        resolve_model(NAME, cache)
    assert str(caught.value).startswith(f"{NAME} at {FIRST[:12]}")
    assert "\n" not in str(caught.value)
    assert not (cache / FOLDER).exists()
