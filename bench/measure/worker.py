"""One side of a comparison: a process that reranks whatever it reads, with whichever flashrank it finds.

It runs in an environment of that side's own, so it imports nothing but flashrank and the standard library. It reads
one JSON line ``{"model", "cache_dir", "options"}`` and then one ``{"query", "texts"}`` per request, and answers each
with a JSON line: the seconds that ``rerank`` took, the scores in the order given, the places of the texts in the order
that it returned, and the process's peak memory so far; or ``{"error"}``, after which it ends.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any


def main() -> None:
    """Serve requests until the input ends."""
    import flashrank

    logging.disable(logging.WARNING)
    first = sys.stdin.readline()
    if not first:
        return
    setup = json.loads(first)
    try:
        ranker = flashrank.Ranker(model_name=setup["model"], cache_dir=setup["cache_dir"], **setup["options"])
        _say({"ready": str(Path(flashrank.__file__).parent)})
        for line in sys.stdin:
            _say(_answer(flashrank, ranker, json.loads(line)))
    except Exception as error:
        _say({"error": f"{type(error).__name__}: {error}"})
        sys.exit(1)


def _answer(flashrank: Any, ranker: Any, request: dict[str, Any]) -> dict[str, Any]:
    passages = [{"id": i, "text": text} for i, text in enumerate(request["texts"])]
    started = time.perf_counter()
    results = ranker.rerank(flashrank.RerankRequest(query=request["query"], passages=passages))
    seconds = time.perf_counter() - started
    scores = {result["id"]: float(result["score"]) for result in results}
    return {
        "seconds": seconds,
        "peak_bytes": _peak_bytes(),
        "scores": [scores[i] for i in range(len(passages))],
        "order": [result["id"] for result in results],
    }


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def _peak_bytes() -> int:
    # ru_maxrss of a child starts at its parent's size on Linux; VmHWM is this program's own.
    status = Path("/proc/self/status")
    if status.exists():
        line = next(
            line
            for line in status.read_text(encoding="utf-8", errors="replace").splitlines()
            if line.startswith("VmHWM:")
        )
        return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
