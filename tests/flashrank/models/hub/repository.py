"""The repository that the tests of the hub publish, and what is to become of it in a cache."""

from __future__ import annotations

import json

from tests.flashrank.conftest import read
from tests.flashrank.models.tiny_archive import graph

NAME = "someone/reranker"
FOLDER = "someone--reranker"
FIRST, SECOND = "1" * 40, "2" * 40
CONTENT = {
    "README.md": b"not needed",
    "config.json": b'{"hidden_size": 8}',
    "tokenizer.json": b'{"model": {}}',
    "tokenizer_config.json": b"{}",
    "onnx/model.onnx": graph(200_000),
    "onnx/model_O3.onnx": graph(100),
    "model.safetensors": b"not needed",
    **dict.fromkeys(("pytorch_model.bin", "model.pt", "model.ckpt", "model.pkl"), b"a pickle"),
}
NEEDED = ("config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx")


def record(file="onnx/model.onnx", commit=FIRST, **more):
    return {"format": 1, "source": NAME, "revision": commit, "file": file, **more}


def assert_installed(directory, content=CONTENT, needed=NEEDED, **origin):
    found = read(directory)
    assert json.loads(found.pop("flashrank.json")) == record(**origin)
    assert found == {file: content[file] for file in needed}
    assert {path.name for path in directory.parent.iterdir()} == {directory.name, f".{directory.name}.lock"}
