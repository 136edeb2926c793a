"""One side of the comparison: a process that reranks whatever it reads, with whichever flashrank it finds.

It runs in either environment, so it imports nothing but flashrank and the standard library. It reads one JSON line
``{"model", "cache_dir"}`` and then one ``{"query", "texts"}`` per request, and answers each with a JSON line:
the seconds that ``rerank`` took, the scores in the order given, and the process's peak memory so far.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path


def main() -> None:
    """Serve requests until the input ends."""
    import flashrank

    logging.disable(logging.INFO)
    setup = json.loads(sys.stdin.readline())
    ranker = flashrank.Ranker(model_name=setup["model"], cache_dir=setup["cache_dir"])
    print(json.dumps({"ready": str(Path(flashrank.__file__).parent)}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        passages = [{"id": i, "text": text} for i, text in enumerate(request["texts"])]
        started = time.perf_counter()
        results = ranker.rerank(flashrank.RerankRequest(query=request["query"], passages=passages))
        seconds = time.perf_counter() - started
        scores = {result["id"]: float(result["score"]) for result in results}
        answer = {"seconds": seconds, "peak_bytes": _peak_bytes(), "scores": [scores[i] for i in range(len(passages))]}
        print(json.dumps(answer), flush=True)


def _peak_bytes() -> int:
    # ru_maxrss of a child starts at its parent's size on Linux; VmHWM is this program's own.
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    import resource  # not there on Windows

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
