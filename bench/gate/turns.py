"""Two sides take turns at the same requests, in fresh processes every now and then."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice

from bench.measure.worker_process import WorkerProcess

_WARM_UP = 2


@dataclass(frozen=True)
class Request:
    """What both sides are asked.

    Attributes:
        query_id: The query.
        query: Its text.
        texts: The passages, in the first stage's order.
    """

    query_id: str
    query: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What a side made of a request.

    Attributes:
        scores: One per text, in the order of the request.
        order: The places of the texts, best first.
    """

    scores: tuple[float, ...]
    order: tuple[int, ...]


@dataclass(frozen=True)
class Block:
    """What one pair of processes found.

    Attributes:
        log_ratios: Logarithm of the new side's time over the base's: one for every two requests.
        base: Query id -> answer of the base.
        new: The same, of the new side.
    """

    log_ratios: tuple[float, ...]
    base: dict[str, Answer]
    new: dict[str, Answer]


def take_turns(
    base: Callable[[], WorkerProcess], new: Callable[[], WorkerProcess], shares: Iterator[Sequence[Request]]
) -> Iterator[Block]:
    """Yield a block for each share of requests, each from two processes started for it.

    Raises:
        WorkerError: A side cannot load its model or rerank a request.
    """
    for share in shares:
        with ExitStack() as stack:
            # Both start before either is waited for.
            before, after = stack.enter_context(base()), stack.enter_context(new())
            yield time_block(before, after, share)


def time_block(base: WorkerProcess, new: WorkerProcess, requests: Sequence[Request]) -> Block:
    """Send every request to both sides: base first, then new first, and so on (A B, B A, A B, ...).

    Two requests with opposite orders make one ratio, so that a machine that slows down steadily, or a side that
    finds the other's traces in the caches, weighs on both alike.

    Raises:
        WorkerError: A side cannot do it.
    """
    for side in (base, new):
        for request in requests[:_WARM_UP]:
            side.rerank(request.query, request.texts)
    ratios = []
    answers: tuple[dict[str, Answer], dict[str, Answer]] = ({}, {})
    for place, request in enumerate(requests):
        seconds = [0.0, 0.0]
        for which in (0, 1) if place % 2 == 0 else (1, 0):
            answer = (base, new)[which].rerank(request.query, request.texts)
            seconds[which] = answer["seconds"]
            answers[which][request.query_id] = Answer(tuple(answer["scores"]), tuple(answer["order"]))
        ratios.append(math.log(seconds[1] / seconds[0]))
    pairs = zip(ratios[::2], ratios[1::2], strict=False)
    return Block(tuple((first + second) / 2 for first, second in pairs), *answers)


def deal(requests: Sequence[Request], shares: int) -> Iterator[list[Request]]:
    """Yield shares of equal and even size without end; the first ``shares`` of them hold every request."""
    size = 2 * math.ceil(len(requests) / (2 * shares))
    endless = cycle(requests)
    while True:
        yield list(islice(endless, size))
