"""Memory and energy of a model: a process of its own answers the largest request of a latency grid.

The process that runs an experiment holds collections and tables as well, so its own peak says nothing about a model.
Run as a program, this module is that process: it imports flashrank and little else. It reads one JSON line with the
arguments of ``Ranker`` and one with a request, and answers each with a line: that it is ready, having answered the
request once, and what answering it again took.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.energy import POWERCAP, measure_energy
from bench.errors import BenchError
from bench.peak_memory import peak_bytes
from flashrank import FlashRankError, Ranker, RerankRequest

#: Requests are answered again for this long, so that counters of energy, which tick in milliseconds, have enough to
#: count.
_SECONDS = 1.0
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Footprint:
    """What one model took to answer one request again and again.

    Attributes:
        requests: How often it was answered.
        peak_bytes: Peak resident memory of the process, the interpreter and all libraries included.
        joules: Energy of the whole machine per request; None where it does not tell.
    """

    requests: int
    peak_bytes: int
    joules: float | None


def measure_footprint(arguments: Mapping[str, Any], request: RerankRequest, power: Path = POWERCAP) -> Footprint:
    """Let a new process answer ``request`` until a second has passed, at least once.

    Args:
        arguments: Of ``Ranker``, as JSON values.
        request: What is asked.
        power: Folder of the power zones.

    Raises:
        BenchError: The process ended, or could not use the model.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "bench.footprint"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    ) as process:
        asked = {"query": request.query, "passages": [dict(passage) for passage in request.passages]}
        _ask(process, {"arguments": dict(arguments), **asked})
        with measure_energy(power) as energy:
            answer = _ask(process, {"seconds": _SECONDS})
    requests = int(answer["requests"])
    joules = None if energy.joules is None else energy.joules / requests
    return Footprint(requests, int(answer["peak_bytes"]), joules)


def main() -> None:
    """Answer the two lines."""
    try:
        setup = json.loads(sys.stdin.readline())
        ranker, request = Ranker(**setup["arguments"]), RerankRequest(setup["query"], setup["passages"])
        ranker.rerank(request)
        print(json.dumps({"ready": True}), flush=True)
        seconds = json.loads(sys.stdin.readline())["seconds"]
        started, requests = time.perf_counter(), 0
        while not requests or time.perf_counter() - started < seconds:
            ranker.rerank(request)
            requests += 1
        print(json.dumps({"requests": requests, "peak_bytes": peak_bytes()}), flush=True)
    except FlashRankError as error:
        print(json.dumps({"error": str(error)}), flush=True)


def _ask(process: subprocess.Popen[str], message: Mapping[str, Any]) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(message) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise BenchError(f"the process that measures memory ended (code {process.wait()}); memory may be short")
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        raise BenchError(answer["error"])
    return answer


if __name__ == "__main__":
    main()
