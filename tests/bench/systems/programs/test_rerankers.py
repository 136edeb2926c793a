"""``Reranker`` is made and asked as rerankers documents it."""

from __future__ import annotations

import math

import pytest

from bench.measure.worker_process import WorkerError

LIBRARY = """
from types import SimpleNamespace
from noted import note
class Ranker:
    def rank(self, query, docs, doc_ids):
        note("rank", query, docs, doc_ids)
        pairs = sorted(zip(doc_ids, docs), key=lambda pair: -len(pair[1]))
        return SimpleNamespace(results=[SimpleNamespace(doc_id=key, score=len(text) - 3.0) for key, text in pairs])
def Reranker(*arguments, **named):
    note("Reranker", *arguments, **named)
    return Ranker() if LOADS else print("You don't have the necessary dependencies installed")
"""
SETUP = {"directory": "/m", "file": "", "max_length": 256, "threads": 3, "options": {}}


def test_it_is_called_as_documented(ask):
    modules = {"rerankers/__init__.py": "LOADS = True\n" + LIBRARY}
    answer, calls = ask("rerankers.py", modules, SETUP, "q", ["a", "abcde"])
    assert answer["scores"] == pytest.approx([1 / (1 + math.exp(2)), 1 / (1 + math.exp(-2))], rel=1e-15)
    assert answer["order"] == [1, 0]
    made = {
        "model_type": "cross-encoder",
        "device": "cpu",
        "dtype": "float32",
        "verbose": 0,
        "tokenizer_kwargs": {"model_max_length": 256},
    }
    assert calls == [
        ["set_num_threads", [3], {}],
        ["Reranker", ["/m"], made],
        ["rank", ["q", ["a", "abcde"], [0, 1]], {}],
    ]


def test_a_model_that_it_cannot_load_is_an_error(ask):
    with pytest.raises(WorkerError, match="rerankers cannot load the model"):
        ask("rerankers.py", {"rerankers/__init__.py": "LOADS = False\n" + LIBRARY}, SETUP, "q", ["a"])
