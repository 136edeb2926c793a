"""A process that scores what it reads, so that a way of scoring shares no memory and no threads with another.

It reads one JSON line ``{"directory", "onnx", "max_length", "threads", "batched"}``, loads the model and says that it
is ready. Then it reads one ``{"query", "texts"}`` per request, and answers each with a JSON line: the logits (float32
values survive JSON exactly), the seconds they took, and the process's peak memory so far.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from bench.measure.peak_memory import peak_bytes
from bench.studies.stability.scoring import load_scorer
from flashrank import FlashRankError


def main() -> None:
    """Serve requests until the input ends."""
    setup = json.loads(sys.stdin.readline())
    try:
        score = load_scorer(
            Path(setup["directory"]),
            Path(setup["onnx"]),
            max_length=setup["max_length"],
            threads=setup["threads"],
            batched=setup["batched"],
        )
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            request = json.loads(line)
            started = time.perf_counter()
            logits = score(request["query"], request["texts"])
            seconds = time.perf_counter() - started
            answer = {"logits": logits.tolist(), "seconds": seconds, "peak_bytes": peak_bytes()}
            print(json.dumps(answer), flush=True)
    except FlashRankError as error:
        print(json.dumps({"error": str(error)}), flush=True)


if __name__ == "__main__":
    main()
