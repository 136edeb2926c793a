"""This library is called as its users call it; what it answers is in ``test_processes``."""

from __future__ import annotations

import inspect

import flashrank

FLASHRANK = """
from noted import note
class RerankRequest:
    def __init__(self, query, passages): self.query, self.passages = query, passages
class Ranker:
    def __init__(self, *arguments, **named): note("Ranker", *arguments, **named)
    def rerank(self, request):
        scored = [{**passage, "score": len(passage["text"]) / 10} for passage in request.passages]
        return sorted(scored, key=lambda passage: -passage["score"])
"""


def test_options_are_arguments_of_ranker(ask):
    setup = {"directory": "/m", "file": "a.onnx", "max_length": 256, "threads": 3, "options": {"graph": "fast"}}
    answer, calls = ask("flashrank_checkout.py", {"flashrank/__init__.py": FLASHRANK}, setup, "q", ["a", "abcde"])
    assert answer["scores"] == [0.1, 0.5]
    assert answer["order"] == [1, 0]
    ((name, arguments, named),) = calls
    assert (name, arguments) == ("Ranker", ["/m"])
    assert named == {
        "max_length": 256,
        "threads": 3,
        "file": "a.onnx",
        "offline": True,
        "log_level": "ERROR",
        "graph": "fast",
    }
    assert named.keys() < inspect.signature(flashrank.Ranker).parameters.keys()
