"""How much faster one model is than another with the same number of threads, timed in turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.measure.paired_timing import time_rankers
from flashrank import Ranker

_PASSAGES = 10


@dataclass(frozen=True, slots=True)
class SpeedComparison:
    """The times of two models for a request of ten passages.

    Attributes:
        tokens: Tokens per pair.
        threads: Threads of both models.
        milliseconds: Median time of the model.
        other_milliseconds: Median time of the other model.
        ratio: Median over rounds of the other model's time divided by the model's.
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
    """Time two models in turns, with every number of threads and every length."""
    found = []
    for count in threads:
        a, b = (Ranker(name, threads=count) for name in (model, other))
        for length in tokens:
            times = time_rankers(a, b, length, _PASSAGES, rounds)
            milliseconds, other_milliseconds = (round(1000 * median, 2) for median in times.medians)
            ratio = round(times.median_ratio().median, 2)
            found.append(SpeedComparison(length, count, milliseconds, other_milliseconds, ratio))
    return found
