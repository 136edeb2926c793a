"""The program of a system's worker process: ``system_worker.py PROGRAM``, with a file of ``programs``.

That file holds ``PACKAGE``, the name of its library's package; ``GIVES_LOGITS``, whether that library's scores are
logits and not in 0..1; and ``load``. That takes the set-up and returns a function that ranks: it takes a query and
texts and returns their places, best first, each with its score.

The set-up is ``{"directory", "file", "max_length", "threads", "options"}``: a model's directory, its ONNX file in there
(empty where the system reads other weights), most tokens per pair, threads, and the options of the system's row. The
answers hold ``seconds``, ``scores``, each in 0..1, in the order of the texts, and ``order``, their places, best first.

Like ``worker``, whose protocol it speaks, this module imports nothing but the standard library.
"""

from __future__ import annotations

import math
import os
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: What reads requests and writes answers, for every kind of worker process.
SERVING = Path(__file__).parents[1] / "measure" / "worker.py"

#: Query and texts -> places of the texts and their scores, best first.
Rank = Callable[[str, list[str]], list[tuple[int, float]]]


def load_system(
    program: dict[str, Any], setup: dict[str, Any], clock: Callable[[], float] = time.perf_counter
) -> Callable[[str, list[str]], dict[str, Any]]:
    """Return the function that answers requests.

    Args:
        program: The names of a program's module, and what they stand for.
        setup: What to load.
        clock: Returns seconds.
    """
    # The tokenizers of the libraries run on threads of their own, which have no other switch.
    os.environ["RAYON_NUM_THREADS"] = str(setup["threads"])
    rank: Rank = program["load"](setup)

    def answer(query: str, texts: list[str]) -> dict[str, Any]:
        started = clock()
        ranked = rank(query, texts)
        seconds = clock() - started
        scores = {place: sigmoid(score) if program["GIVES_LOGITS"] else float(score) for place, score in ranked}
        return {
            "seconds": seconds,
            "scores": [scores[place] for place in range(len(texts))],
            "order": [place for place, _ in ranked],
        }

    return answer


def sigmoid(logit: float) -> float:
    """Return the score in 0..1 of a logit; in double precision, so that the logit can be had back."""
    return 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))


if __name__ == "__main__":
    # Bars and remarks of loading would be drawn over the progress of the run. Libraries read this when imported.
    os.environ |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "error"}
    serve = runpy.run_path(str(SERVING))["serve"]
    chosen = runpy.run_path(sys.argv[1])
    serve(lambda setup: load_system(chosen, setup), chosen["PACKAGE"])
