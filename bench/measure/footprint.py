"""Memory and energy of a model: a process of its own answers the largest request of a latency grid.

The process that runs an experiment holds collections and tables as well, so its own peak says nothing about a model.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure.energy import POWERCAP, measure_energy
from bench.measure.worker_process import ranker_process
from flashrank import RerankRequest

#: The request is answered again for this long: counters of energy tick in milliseconds, and need enough to count.
_SECONDS = 1.0


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
    options = dict(arguments)
    model, texts = options.pop("model_name"), [passage["text"] for passage in request.passages]
    with ranker_process(f"memory of {model}", model, options=options) as process:
        answer = process.ask(str(request.query), texts)  # the first is slower, and has loading in it
        started, requests = time.perf_counter(), 0
        with measure_energy(power) as energy:
            while not requests or time.perf_counter() - started < _SECONDS:
                answer = process.ask(str(request.query), texts)
                requests += 1
    joules = None if energy.joules is None else energy.joules / requests
    return Footprint(requests, int(answer["peak_bytes"]), joules)
