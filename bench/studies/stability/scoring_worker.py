"""The program of the worker process of one variant, so that variants share no memory and no threads.

Its set-up is ``{"directory", "onnx", "max_length", "threads", "batched", "graph"}``, the arguments of
``load_scorer``. Its answers hold the ``logits``; float32 values survive JSON exactly.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from bench.measure.worker import AnswerFunction, serve
from bench.studies.stability.scoring import load_scorer


def load(setup: dict[str, Any]) -> AnswerFunction:
    """Return a function that scores as ``setup`` says."""
    directory, onnx = Path(setup.pop("directory")), Path(setup.pop("onnx"))
    score = load_scorer(directory, onnx, **setup)

    def answer(query: str, texts: list[str]) -> dict[str, Any]:
        started = time.perf_counter()
        logits = score(query, texts)
        return {"seconds": time.perf_counter() - started, "logits": logits.tolist()}

    return answer


if __name__ == "__main__":
    serve(load)
