"""The processes of two versions take turns at the same requests; now and then both are started anew."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import numpy as np

from bench.measure.paired_timing import time_processes
from bench.measure.request import Request
from bench.measure.worker_process import WorkerProcess

_WARM_UP = 2


@dataclass(frozen=True)
class Answer:
    """How a version reranked the passages of a request.

    Attributes:
        scores: One per passage, in the order of the request.
        order: The places of the passages, best first.
    """

    scores: tuple[float, ...]
    order: tuple[int, ...]


@dataclass(frozen=True)
class Block:
    """What one pair of processes found.

    Attributes:
        log_ratios: Logarithm of the new version's time over the base's: one for every two requests.
        base: Query id -> answer of the base.
        new: The same, of the new version.
    """

    log_ratios: tuple[float, ...]
    base: dict[str, Answer]
    new: dict[str, Answer]


def measure_blocks(
    base: Callable[[], WorkerProcess], new: Callable[[], WorkerProcess], shares: Iterator[Sequence[Request]]
) -> Iterator[Block]:
    """Yield a block for each share of requests, each from two processes started for it.

    Raises:
        WorkerError: A process cannot load its model or rerank a request.
    """
    for share in shares:
        with ExitStack() as stack:
            # Both start before either is waited for.
            before, after = stack.enter_context(base()), stack.enter_context(new())
            yield measure_block(before, after, share)


def measure_block(base: WorkerProcess, new: WorkerProcess, requests: Sequence[Request]) -> Block:
    """Send every request to both processes in turns, after a few that are not timed.

    Two requests with opposite orders make one ratio, so that who was first cancels out.

    Raises:
        WorkerError: A process cannot rerank a request.
    """
    times, before, after = time_processes(base, new, requests, _WARM_UP)
    whole = len(requests) // 2 * 2
    log_ratios = np.log(times.ratios[:whole]).reshape(-1, 2).mean(axis=1)
    return Block(tuple(log_ratios.tolist()), _by_query(requests, before), _by_query(requests, after))


def deal(requests: Sequence[Request], shares: int) -> Iterator[list[Request]]:
    """Yield shares of equal and even size without end; the first ``shares`` of them hold every request."""
    size = 2 * math.ceil(len(requests) / (2 * shares))
    endless = cycle(requests)
    while True:
        yield list(islice(endless, size))


def _by_query(requests: Sequence[Request], answers: Sequence[dict[str, Any]]) -> dict[str, Answer]:
    return {
        request.query_id: Answer(tuple(answer["scores"]), tuple(answer["order"]))
        for request, answer in zip(requests, answers, strict=True)
    }
