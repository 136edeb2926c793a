"""How much faster one model is than another at equal thread counts: requests in turns, so that both see the same."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.measure.latency import request_of
from flashrank import Ranker

_PASSAGES = 10


@dataclass(frozen=True, slots=True)
class SpeedComparison:
    """Two models on requests of ten passages.

    Attributes:
        tokens: Tokens per pair.
        threads: Of both.
        milliseconds: The model's median per request.
        other_milliseconds: The other's.
        ratio: Median over rounds of the other's time divided by the model's.
    """

    tokens: int
    threads: int
    milliseconds: float
    other_milliseconds: float
    ratio: float

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as JSON values."""
        return asdict(self)


def compare_speed(
    model: str | Path, other: str | Path, tokens: Sequence[int], threads: Sequence[int], rounds: int = 15
) -> list[SpeedComparison]:
    """Time two models in turns, at every thread count and length."""
    found = []
    for count in threads:
        rankers = [Ranker(name, threads=count) for name in (model, other)]
        for length in tokens:
            requests = [request_of(ranker, length, _PASSAGES) for ranker in rankers]
            for ranker, request in zip(rankers, requests, strict=True):
                ranker.rerank(request)
            seconds = np.array(
                [
                    [_seconds(ranker, request) for ranker, request in zip(rankers, requests, strict=True)]
                    for _ in range(rounds)
                ]
            )
            ours, others = np.median(seconds, axis=0) * 1000
            ratio = np.median(seconds[:, 1] / seconds[:, 0])
            found.append(
                SpeedComparison(length, count, round(float(ours), 2), round(float(others), 2), round(float(ratio), 2))
            )
    return found


def _seconds(ranker: Ranker, request: Any) -> float:
    started = time.perf_counter()
    ranker.rerank(request)
    return time.perf_counter() - started
