"""The program of a worker process: it reads requests as JSON lines and answers each with a JSON line.

It may run in an environment that has another version of flashrank, or none, and no bench, so this module imports
nothing but flashrank and the standard library.

The first line says what to load. Once that is loaded, the worker answers ``{"ready": FOLDER}``, the folder of the
package that it runs. Every further line is a request ``{"query", "texts"}``. Its answer holds ``seconds``, the
process's ``peak_bytes`` so far, and what was computed. A worker that cannot go on answers ``{"error"}`` and ends.

Run as a program, it loads a ``Ranker`` by ``{"model", "cache_dir", "options"}``. Its answers hold ``scores``, one for
each text in the order given, and ``order``, the places of the texts in the order that ``rerank`` returned.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

#: Query and texts -> an answer without its ``peak_bytes``.
AnswerFunction = Callable[[str, list[str]], dict[str, Any]]

_STATUS = Path("/proc/self/status")


def serve(load: Callable[[dict[str, Any]], AnswerFunction], package: str = "flashrank") -> None:
    """Load what the first line asks for, then answer requests until the input ends.

    Args:
        load: Takes the first line and returns the function that answers.
        package: What it runs.
    """
    first = sys.stdin.readline()
    if not first:
        return
    answers = sys.stdout
    # Some packages print; between the answers that would be no JSON.
    with redirect_stdout(sys.stderr):
        try:
            folder = Path(str(import_module(package).__file__)).parent
            answer = load(json.loads(first))
            _write(answers, {"ready": str(folder)})
            for line in sys.stdin:
                request = json.loads(line)
                _write(answers, {**answer(request["query"], request["texts"]), "peak_bytes": peak_bytes()})
        except KeyboardInterrupt:  # the terminal interrupts this process too, and the one that asks says so
            sys.exit(130)
        except Exception as error:
            _write(answers, {"error": " ".join(f"{type(error).__name__}: {error}".split())})
            sys.exit(1)


def load_ranker(setup: dict[str, Any]) -> AnswerFunction:
    """Return a function that reranks with the ``Ranker`` that ``setup`` describes."""
    import flashrank

    logging.disable(logging.WARNING)
    ranker = flashrank.Ranker(model_name=setup["model"], cache_dir=setup["cache_dir"], **setup["options"])

    def answer(query: str, texts: list[str]) -> dict[str, Any]:
        passages = [{"id": place, "text": text} for place, text in enumerate(texts)]
        started = time.perf_counter()
        results = ranker.rerank(flashrank.RerankRequest(query=query, passages=passages))
        seconds = time.perf_counter() - started
        scores = {result["id"]: float(result["score"]) for result in results}
        return {
            "seconds": seconds,
            "scores": [scores[place] for place in range(len(texts))],
            "order": [result["id"] for result in results],
        }

    return answer


def peak_bytes(status: Path = _STATUS) -> int:
    """Return this process's peak resident memory so far, in bytes; 0 on Windows without ``psutil``.

    Args:
        status: Linux's file on the process. Its ``VmHWM`` starts with the program, while ``ru_maxrss`` starts at the
            size of the parent that forked it.
    """
    if status.exists():
        lines = status.read_text(encoding="utf-8", errors="replace").splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])
    if sys.platform == "win32":
        try:
            import psutil
        except ImportError:
            return 0
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _write(answers: TextIO, message: dict[str, Any]) -> None:
    print(json.dumps(message), file=answers, flush=True)


if __name__ == "__main__":
    serve(load_ranker)
