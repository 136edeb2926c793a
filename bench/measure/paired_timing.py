"""Two versions or models timed at the same requests in turns, so that what else the machine does slows both alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from bench.measure.latency import request_of
from bench.measure.request import Request
from bench.measure.worker_process import WorkerProcess
from flashrank import Ranker

_BOOTSTRAP_SAMPLES, _SEED = 2000, 0

RequestT = TypeVar("RequestT")
AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True)
class MedianRatio:
    """Median of paired ratios.

    Attributes:
        median: The median.
        low: Lower end of its 95 % interval, by a bootstrap over the turns.
        high: Its upper end.
    """

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class PairedTimes:
    """Times of A and B in the same turns.

    Attributes:
        a: Seconds, float64 of shape (turns,).
        b: The same of B.
    """

    a: npt.NDArray[np.float64]
    b: npt.NDArray[np.float64]

    @property
    def ratios(self) -> npt.NDArray[np.float64]:
        """B's time over A's, turn by turn."""
        return self.b / self.a

    @property
    def medians(self) -> tuple[float, float]:
        """Median seconds of A and of B."""
        return float(np.median(self.a)), float(np.median(self.b))

    def median_ratio(self) -> MedianRatio:
        """Return the median of ``ratios`` with its interval."""
        ratios = self.ratios
        drawn = np.random.default_rng(_SEED).integers(0, len(ratios), (_BOOTSTRAP_SAMPLES, len(ratios)))
        low, high = np.percentile(np.median(ratios[drawn], axis=1), [2.5, 97.5])
        return MedianRatio(float(np.median(ratios)), float(low), float(high))


def paired_times(a: Iterable[float], b: Iterable[float]) -> PairedTimes:
    """Return seconds of A and B as ``PairedTimes``."""
    return PairedTimes(np.fromiter(a, np.float64), np.fromiter(b, np.float64))


def take_turns(
    a: Callable[[RequestT], AnswerT], b: Callable[[RequestT], AnswerT], requests: Iterable[RequestT]
) -> tuple[list[AnswerT], list[AnswerT]]:
    """Send every request to A and to B, and return the answers of both in the order of the requests.

    A is first at the first request, B at the second, and so on (A B, B A, A B, ...). A machine that gets steadily
    slower, or caches that the other one left behind, then weigh on both alike.
    """
    answers: tuple[list[AnswerT], list[AnswerT]] = [], []
    for place, request in enumerate(requests):
        for which in (0, 1) if place % 2 == 0 else (1, 0):
            answers[which].append((a, b)[which](request))
    return answers


def time_processes(
    a: WorkerProcess, b: WorkerProcess, requests: Sequence[Request], warm_up: int
) -> tuple[PairedTimes, list[dict[str, Any]], list[dict[str, Any]]]:
    """Let two worker processes answer every request in turns; return their times, and the answers of A and of B.

    Args:
        a: A worker process.
        b: Another.
        requests: What both are asked.
        warm_up: So many of the first requests are sent to both beforehand, without being timed.

    Raises:
        WorkerError: A process cannot answer a request.
    """

    def asked(process: WorkerProcess) -> Callable[[Request], dict[str, Any]]:
        def ask(request: Request) -> dict[str, Any]:
            return process.ask(request.query, request.texts)

        for request in requests[:warm_up]:
            ask(request)
        return ask

    answers = take_turns(asked(a), asked(b), requests)
    times = paired_times(*([answer["seconds"] for answer in one] for one in answers))
    return times, *answers


def time_rankers(
    a: Ranker, b: Ranker, tokens: int, passages: int, turns: int, clock: Callable[[], float] = time.perf_counter
) -> PairedTimes:
    """Time two models in turns, after one request to each that is not timed.

    Args:
        a: A model.
        b: Another.
        tokens: Tokens per pair, exactly.
        passages: Passages per request.
        turns: Requests to each.
        clock: Returns seconds. The CPU time of the process is disturbed less than the wall time.

    Raises:
        BenchError: A tokenizer cannot make such pairs.
    """

    def timed(ranker: Ranker) -> Callable[[int], float]:
        request = request_of(ranker, tokens, passages)
        ranker.rerank(request)

        def seconds(_turn: int) -> float:
            started = clock()
            ranker.rerank(request)
            return clock() - started

        return seconds

    return paired_times(*take_turns(timed(a), timed(b), range(turns)))
