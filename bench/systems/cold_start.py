"""How long a process takes from its start to its first scores: systems in turn, each started anew, in random order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from bench.experiment.cold_start import ColdStartSpec
from bench.measure.request import Request
from bench.measure.worker_process import WorkerError, WorkerProcess
from bench.results.journal import Journal

#: Starts a process of a system.
Start = Callable[[], WorkerProcess]


@dataclass(frozen=True, slots=True)
class ColdStart:
    """One process from its start to its end.

    Attributes:
        system: What was started.
        threads: Its threads.
        passages: Passages of its request.
        round: Number of the round.
        cold_seconds: From its start to its first answer.
        warm_seconds: Of its later answers to the same request, the median.
        peak_bytes: Most memory that it had; 0 where the system does not tell.
    """

    system: str
    threads: int
    passages: int
    round: int
    cold_seconds: float
    warm_seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class ColdStartRecord:
    """What the journal of cold starts holds.

    Attributes:
        starts: What was measured.
        problems: System -> why it could not answer.
    """

    starts: list[ColdStart] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, journal: Journal) -> Self:
        """Return what has been measured so far."""
        found = cls()
        for entry in journal.entries:
            if "problem" in entry:
                found.problems[entry["system"]] = entry["problem"]
            else:
                found.starts.append(ColdStart(**entry))
        return found


def take_cold_starts(
    starts: Mapping[tuple[str, int], Start],
    requests: Mapping[int, Request],
    spec: ColdStartSpec,
    journal: Journal,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[None]:
    """Start every system in every setting once a round, adding each to the journal; yields ``spec.rounds`` times.

    Only one process is alive at a time. Before the first round every system is started once in every setting and not
    timed, so that its files are in memory and what it keeps from its first use is there. Of a system that cannot answer
    the journal says why, and it is started no more.

    Args:
        starts: System and threads -> what starts it.
        requests: Number of passages -> the request of so many.
        spec: The settings, and how many rounds.
        journal: What was measured already.
        clock: Returns seconds.
    """
    before = ColdStartRecord.of(journal)
    done = {(one.system, one.threads, one.passages, one.round) for one in before.starts}
    failed = set(before.problems)

    def measure(system: str, threads: int, passages: int, turn: int | None) -> None:
        try:
            found = _measure(starts[system, threads], requests[passages], spec.warm, clock)
        except WorkerError as error:
            failed.add(system)
            journal.append({"system": system, "problem": error.problem})
            return
        if turn is not None:
            journal.append({"system": system, "threads": threads, "passages": passages, "round": turn, **found})

    settings = [(system, threads, passages) for system, threads in starts for passages in requests]
    is_finished = done.issuperset((*setting, turn) for setting in settings for turn in range(spec.rounds))
    for system, threads, passages in () if is_finished else settings:
        if system not in failed:
            measure(system, threads, passages, None)
    for turn in range(spec.rounds):
        for place in np.random.default_rng([spec.seed, turn]).permutation(len(settings)).tolist():
            system, threads, passages = settings[place]
            if system not in failed and (system, threads, passages, turn) not in done:
                measure(system, threads, passages, turn)
        yield


def _measure(start: Start, request: Request, warm: int, clock: Callable[[], float]) -> dict[str, Any]:
    """Return what a process took, by the names that ``ColdStart`` has for them."""
    started = clock()
    with start() as process:
        process.ask(request.query, request.texts)
        cold = clock() - started
        answers = [process.ask(request.query, request.texts) for _ in range(warm)]
    return {
        "cold_seconds": cold,
        "warm_seconds": float(np.median([answer["seconds"] for answer in answers])),
        "peak_bytes": int(answers[-1]["peak_bytes"]),
    }
