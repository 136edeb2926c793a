"""``TextCrossEncoder`` is given a model of one's own as fastembed documents it."""

from __future__ import annotations

import math

import pytest

from bench.measure.worker_process import WorkerError

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
        session = SimpleNamespace(get_outputs=lambda: [SimpleNamespace(shape=["batch", LOGITS])])
        self.model = SimpleNamespace(tokenizer=cut, model=session)
    def rerank(self, query, documents):
        note("rerank", query, documents)
        yield from (len(text) - 3.0 for text in documents)
"""


SETUP = {"directory": "/m", "file": "onnx/model.onnx", "max_length": 256, "threads": 3, "options": {}}


def modules(logits: int) -> dict[str, str]:
    return {
        "fastembed/__init__.py": "",
        "fastembed/common/__init__.py": "",
        "fastembed/common/model_description.py": DESCRIPTION,
        "fastembed/rerank/__init__.py": "",
        "fastembed/rerank/cross_encoder/__init__.py": f"LOGITS = {logits}\n{LIBRARY}",
    }


def test_a_model_of_two_logits_is_refused(ask):
    with pytest.raises(WorkerError, match="fastembed reads the first of two logits"):
        ask("fastembed.py", modules(2), SETUP, "q", ["a"])


def test_it_is_called_as_documented(ask):
    answer, calls = ask("fastembed.py", modules(1), SETUP, "q", ["a", "abcde", "abc"])
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
