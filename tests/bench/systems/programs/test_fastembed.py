"""``TextCrossEncoder`` is given a model of one's own as fastembed documents it."""

from __future__ import annotations

import math

import pytest

DESCRIPTION = """
class ModelSource:
    def __init__(self, hf): self.hf = hf
    def __repr__(self): return f"hf={self.hf}"
"""

LIBRARY = """
from types import SimpleNamespace
from noted import note
class TextCrossEncoder:
    @classmethod
    def add_custom_model(cls, model, sources, model_file): note("add_custom_model", model, sources, model_file)
    def __init__(self, *arguments, **named):
        note("TextCrossEncoder", *arguments, **named)
        cut = SimpleNamespace(enable_truncation=lambda length: note("enable_truncation", length))
        self.model = SimpleNamespace(tokenizer=cut)
    def rerank(self, query, documents):
        note("rerank", query, documents)
        yield from (len(text) - 3.0 for text in documents)
"""


def test_it_is_called_as_documented(ask):
    setup = {"directory": "/m", "file": "onnx/model.onnx", "max_length": 256, "threads": 3, "options": {}}
    modules = {
        "fastembed/__init__.py": "",
        "fastembed/common/__init__.py": "",
        "fastembed/common/model_description.py": DESCRIPTION,
        "fastembed/rerank/__init__.py": "",
        "fastembed/rerank/cross_encoder/__init__.py": LIBRARY,
    }
    answer, calls = ask("fastembed.py", modules, setup, "q", ["a", "abcde", "abc"])
    expected = [1 / (1 + math.exp(-logit)) for logit in (-2.0, 2.0, 0.0)]
    assert answer["scores"] == pytest.approx(expected, rel=1e-15)
    assert answer["order"] == [1, 2, 0]
    name = calls[0][1][0]
    assert calls == [
        ["add_custom_model", [name, f"hf={name}", "onnx/model.onnx"], {}],
        ["TextCrossEncoder", [name], {"threads": 3, "specific_model_path": "/m"}],
        ["enable_truncation", [256], {}],
        ["rerank", ["q", ["a", "abcde", "abc"]], {}],
    ]
