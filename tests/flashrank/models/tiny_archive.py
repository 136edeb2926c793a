"""A known model for tests: its row, its archive, and a script that resolves it in a process of its own."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import zipfile

import onnx
from onnx import TensorProto, helper

from flashrank.models.spec import ModelSpec


def graph(size):
    """Return an ONNX model that has nothing but a description, of so many random bytes."""
    length = bytes((size >> shift & 0x7F) | (0x80 if shift < 21 else 0) for shift in (0, 7, 14, 21))
    return b"\x32" + length + os.urandom(size)


def external(location, size=40):
    """Return a model with a tensor in another file."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[size // 4], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location)
    return onnx.ModelProto(graph=helper.make_graph([], "graph", [], [], [tensor])).SerializeToString()


NAME = "tiny"
COMMIT = "0123456789abcdef0123456789abcdef01234567"

CONTENT = {
    "tiny.onnx": graph(200_000),
    "config.json": b'{"hidden_size": 8}',
    "tokenizer.json": b'{"model": {}}',
    "tokenizer_config.json": b"{}",
    "special_tokens_map.json": b"{}",
}

# Resolves a model in a process of its own, as the client reads its environment when it is imported.
RESOLVE = """
import json, logging, sys
logging.basicConfig(level="INFO", format="%(name)s: %(message)s")
from flashrank.models import model_list as models
from flashrank.errors import FlashRankError
from flashrank.models.store import resolve_model
row, name, cache_dir = json.load(sys.stdin)
models.ROWS = (models.ModelSpec(**row),)
try:
    print(json.dumps({"directory": str(resolve_model(name, cache_dir).directory)}))
except FlashRankError as error:
    print(json.dumps({"error": type(error).__name__, "message": str(error), "cause": type(error.__context__).__name__}))
"""


def make_zip(members, compression=zipfile.ZIP_DEFLATED):
    """Return a zip of (name or ZipInfo, content) pairs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as zipped:
        for name, content in members:
            zipped.writestr(name, content)
    return buffer.getvalue()


def members_of(content=CONTENT):
    return [(f"{NAME}/{file}", data) for file, data in content.items()]


def spec_of(data):
    """Return the row of a model whose archive is ``data``."""
    return ModelSpec(
        name=NAME,
        archive=f"{NAME}.zip",
        sha256=hashlib.sha256(data).hexdigest(),
        archive_bytes=len(data),
        file="tiny.onnx",
        layers=1,
        hidden_size=8,
        languages=("en",),
        card="https://example.org/tiny",
        repository="someone/rerankers",
        revision=COMMIT,
    )


ARCHIVE = make_zip([*members_of(), (f"{NAME}/vocab.txt", b"[PAD]\n"), (f"{NAME}/README.md", b"not ours")])
SPEC = spec_of(ARCHIVE)


def arguments(cache, spec=SPEC):
    """Return what the scripts in this file read from their standard input."""
    return json.dumps([dataclasses.asdict(spec), NAME, str(cache)])


def assert_installed(cache):
    """Assert that the model is in the cache, and nothing but what belongs to it."""
    files = {path.name: path.read_bytes() for path in (cache / NAME).iterdir()}
    assert files == {**CONTENT, "vocab.txt": b"[PAD]\n"}
    assert {path.name for path in cache.iterdir()} == {NAME, f".{NAME}.lock"}
