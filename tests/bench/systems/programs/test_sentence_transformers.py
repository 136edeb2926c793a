"""``CrossEncoder`` is made and asked as sentence-transformers documents it, for torch and for onnxruntime."""

from __future__ import annotations

import math

import pytest

LIBRARY = """
from noted import note
class CrossEncoder:
    def __init__(self, *arguments, **named): note("CrossEncoder", *arguments, **named)
    def rank(self, query, documents, **named):
        note("rank", query, documents, **named)
        results = [{"corpus_id": place, "score": len(text) - 3.0} for place, text in enumerate(documents)]
        return sorted(results, key=lambda result: result["score"], reverse=True)
"""
ONNX = {
    "file_name": "onnx/model.onnx",
    "export": False,
    "provider": "CPUExecutionProvider",
    "session_options": "threads=3",
}


@pytest.mark.parametrize(("backend", "model_kwargs"), [("torch", {}), ("onnx", ONNX)])
def test_it_is_called_as_documented(ask, backend, model_kwargs):
    file = "onnx/model.onnx" if backend == "onnx" else ""
    setup = {"directory": "/m", "file": file, "max_length": 256, "threads": 3, "options": {"backend": backend}}
    modules = {"sentence_transformers/__init__.py": LIBRARY}
    answer, calls = ask("sentence_transformers.py", modules, setup, "q", ["a", "abcde"])
    assert answer["scores"] == pytest.approx([1 / (1 + math.exp(2)), 1 / (1 + math.exp(-2))], rel=1e-15)
    assert answer["order"] == [1, 0]
    made = {
        "max_length": 256,
        "device": "cpu",
        "backend": backend,
        "model_kwargs": model_kwargs,
        "local_files_only": True,
    }
    assert calls == [
        ["set_num_threads", [3], {}],
        ["CrossEncoder", ["/m"], made],
        ["rank", ["q", ["a", "abcde"]], {"activation_fn": "Identity", "show_progress_bar": False}],
    ]
