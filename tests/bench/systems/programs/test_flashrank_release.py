"""FlashRank 0.2.10 is called as its documentation says, on a model that is not in its list."""

from __future__ import annotations

CONFIG = "model_file_map = {}"

INIT = "from .Ranker import Ranker, RerankRequest"

FLASHRANK = """
import logging
from pathlib import Path
import onnxruntime as ort
from flashrank.Config import model_file_map
from noted import note
class RerankRequest:
    def __init__(self, query=None, passages=None): self.query, self.passages = query, passages
class Ranker:
    def __init__(self, model_name, cache_dir, max_length=512, log_level="INFO"):
        note("Ranker", max_length=max_length, log_level=log_level)
        self.session = ort.InferenceSession(str(Path(cache_dir) / model_name / model_file_map[model_name]))
    def rerank(self, request):
        note("rerank", request.query, [passage["text"] for passage in request.passages])
        for passage in request.passages:
            passage["score"] = len(passage["text"]) / 10
        request.passages.sort(key=lambda passage: passage["score"], reverse=True)
        return request.passages
"""


def test_it_is_called_as_documented(ask):
    setup = {"directory": "/models/own", "file": "onnx/model.onnx", "max_length": 256, "threads": 3, "options": {}}
    modules = {"flashrank/__init__.py": INIT, "flashrank/Ranker.py": FLASHRANK, "flashrank/Config.py": CONFIG}
    answer, calls = ask("flashrank_release.py", modules, setup, "q", ["a", "abcde", "abc"])
    assert answer["scores"] == [0.1, 0.5, 0.3]
    assert answer["order"] == [1, 2, 0]
    assert calls == [
        ["Ranker", [], {"max_length": 256, "log_level": "ERROR"}],
        ["InferenceSession", ["/models/own/onnx/model.onnx", "threads=3"], {}],
        ["rerank", ["q", ["a", "abcde", "abc"]], {}],
    ]
