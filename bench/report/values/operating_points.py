"""What a model delivers at which cost: every depth and length of the sweep with its quality and its time per query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.common.errors import BenchError
from bench.report.values import aggregate
from bench.report.values.text import settled
from bench.results.run_results import RunResults
from bench.stats.intervals import BOOTSTRAP_SAMPLES, Interval, bootstrap_interval

#: Of the time per query: the usual case, and what one query in twenty exceeds.
PERCENTILES = (50, 95)

_SETTING = ["model", "max_length", "depth"]
#: Ranks drawn at a time, so that many queries do not need much memory.
_BATCH = 2_000_000


@dataclass(frozen=True, eq=False)
class OperatingPoint:
    """A reranker at one depth and length on one dataset, or the first stage alone.

    Attributes:
        model: Row label of the model or of the first stage.
        depth: Candidates reranked; 0 is the first stage alone.
        max_length: Most tokens per pair; 0 for the first stage.
        threads: Passages scored at once while timing; 0 if nothing was timed.
        values: The measure, one a query, shape (n,); the same queries in the same order at every point of a dataset.
        milliseconds: Time to rerank each query that was timed, shape (m,): the median of its repeats. The first
            stage's is 0.
    """

    model: str
    depth: int
    max_length: int
    threads: int
    values: NDArray[np.float64]
    milliseconds: NDArray[np.float64]

    @property
    def reranks(self) -> bool:
        """Whether a model reranks; if not, this is the first stage alone."""
        return self.depth > 0

    @property
    def is_timed(self) -> bool:
        """Whether its latency is known."""
        return bool(self.milliseconds.size)

    @cached_property
    def quality(self) -> float:
        """The measure's mean over queries, settled: what is equal on paper is no better on any processor."""
        return settled(float(self.values.mean()))

    @cached_property
    def quality_interval(self) -> Interval | None:
        """The 95 % bootstrap interval of ``quality``; None for a single query."""
        return bootstrap_interval(self.values) if self.values.size > 1 else None

    def latency(self, percentile: int) -> float:
        """Return one of ``PERCENTILES`` of the milliseconds, interpolated linearly; NaN where nothing was timed."""
        return self._latencies[percentile]

    def latency_interval(self, percentile: int) -> Interval | None:
        """Return the 95 % bootstrap interval of ``latency``; None for fewer than two timed queries."""
        return percentile_interval(self.milliseconds, percentile) if self.milliseconds.size > 1 else None

    @cached_property
    def _latencies(self) -> dict[int, float]:
        values = np.percentile(self.milliseconds, PERCENTILES) if self.is_timed else np.full(len(PERCENTILES), np.nan)
        return dict(zip(PERCENTILES, map(settled, values.tolist()), strict=True))


def operating_points(results: RunResults) -> dict[str, tuple[OperatingPoint, ...]]:
    """Return the points of every dataset that was swept, by the primary measure.

    All points of a dataset are means over the same queries, those that every one of them has. A model timed with
    several numbers of threads is shown with the most.

    Returns:
        Dataset -> its first stage, if that was measured, then the models in experiment order, by length and depth.

    Raises:
        BenchError: A value or a time is not a finite number, or stands there twice.
    """
    measure = results.measures[0]
    swept = results.sweep[results.sweep["measure"] == measure]
    _check(swept, "value", [*_SETTING, "dataset", "query_id"], f"sweep of {measure}")
    _check(results.sweep_timings, "seconds", [*_SETTING, "dataset", "query_id", "threads", "repeat"], "sweep timings")
    by_dataset = {str(name): group for (name,), group in aggregate.groups(swept, "dataset")}
    first_stages = aggregate.query_values(results, measure)
    row = aggregate.first_stage_row(results)
    found = {}
    for dataset in results.datasets:
        if dataset in by_dataset:
            first_stage = first_stages.get((dataset, row)) if row else None
            if points := _points_on(results, dataset, by_dataset[dataset], first_stage):
                found[dataset] = points
    return found


def curve(points: Iterable[OperatingPoint], model: str) -> tuple[OperatingPoint, ...]:
    """Return the points of a model at its longest pairs, by depth."""
    found = [point for point in points if point.model == model and point.reranks]
    longest = max((point.max_length for point in found), default=0)
    return tuple(point for point in found if point.max_length == longest)


def front(points: Iterable[OperatingPoint], percentile: int) -> tuple[OperatingPoint, ...]:
    """Return the Pareto front, fastest first: each point is better than all that are as fast or faster.

    Of points equal in both, the one of least depth and length is taken, and of these the first.
    """
    timed = [point for point in points if point.is_timed]
    timed.sort(key=lambda point: (point.latency(percentile), -point.quality, point.depth, point.max_length))
    unbeaten: list[OperatingPoint] = []
    for point in timed:
        if not unbeaten or point.quality > unbeaten[-1].quality:
            unbeaten.append(point)
    return tuple(unbeaten)


def percentile_interval(values: NDArray[np.float64], percentile: int) -> Interval:
    """Return the 95 % interval of a percentile by bootstrap over ``values``, shape (n,).

    The percentile interval: the jackknife that BCa needs is inconsistent for percentiles. It cannot reach beyond the
    largest value, so that of a high percentile is too narrow upwards when ``values`` are few.
    """
    below, above = _drawn_ranks(len(values), percentile)
    ordered, share = np.sort(values), _position(len(values), percentile) % 1
    drawn = (1 - share) * ordered[below] + share * ordered[above]
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Interval(float(low), float(high))


def _points_on(
    results: RunResults, dataset: str, swept: pd.DataFrame, first_stage: pd.Series[float] | None
) -> tuple[OperatingPoint, ...]:
    labels = [model.name for model in results.models]
    swept = swept[swept["model"].isin(labels)].astype({"value": float})
    table = swept.pivot(index="query_id", columns=_SETTING, values="value").dropna()
    if first_stage is not None:
        table = table[table.index.isin(first_stage.index)]
    if table.empty:
        return ()
    timings = _timings_on(results.sweep_timings, dataset)
    points = []
    if first_stage is not None:
        of_queries = np.asarray(first_stage[table.index], dtype=np.float64)
        points.append(OperatingPoint(results.first_stage[dataset], 0, 0, 0, of_queries, np.zeros(1)))
    settings: Any = table.columns
    for setting in sorted(settings, key=lambda each: (labels.index(each[0]), *each[1:])):
        model, max_length, depth = setting
        threads, milliseconds = timings.get(setting, (0, np.empty(0)))
        of_queries = np.asarray(table[setting], dtype=np.float64)
        points.append(OperatingPoint(model, int(depth), int(max_length), threads, of_queries, milliseconds))
    return tuple(points)


def _timings_on(timings: pd.DataFrame, dataset: str) -> dict[tuple[str, int, int], tuple[int, NDArray[np.float64]]]:
    """Return (model, length, depth) -> a model's most threads, and with these the median milliseconds per query."""
    found = {}
    for (model,), group in aggregate.groups(timings[timings["dataset"] == dataset], "model"):
        threads = int(group["threads"].max())
        of_model = group[group["threads"] == threads].astype({"seconds": float})
        for (max_length, depth), of_setting in aggregate.groups(of_model, "max_length", "depth"):
            medians = 1000 * of_setting.groupby("query_id")["seconds"].median()
            found[model, max_length, depth] = (threads, medians.to_numpy(dtype=np.float64))
    return found


def _check(frame: pd.DataFrame, column: str, key: Sequence[str], what: str) -> None:
    """Refuse numbers that are not finite, and measurements that stand there twice."""

    def name(row: int) -> str:
        cell = frame.iloc[row]
        return (
            f"{what}: {cell['model']} on {cell['dataset']} at depth {cell['depth']} and max_length "
            f"{cell['max_length']}, query {cell['query_id']!r}"
        )

    wrong = np.flatnonzero(~np.isfinite(frame[column].to_numpy(dtype=float)))
    if wrong.size:
        value = frame[column].iloc[wrong[0]]
        raise BenchError(f"{name(wrong[0])}: {value} is not a finite number; measure that cell again")
    twice = np.flatnonzero(frame.duplicated(list(key)).to_numpy())
    if twice.size:
        raise BenchError(f"{name(twice[0])}: measured twice; measure that cell again")


def _position(count: int, percentile: int) -> float:
    """Return where the percentile of ``count`` ordered values lies, counted from 0, as numpy interpolates linearly."""
    return percentile / 100 * (count - 1)


# Which ranks a bootstrap sample picks depends on the number of values only, so all points of a dataset share them.
@lru_cache(maxsize=64)
def _drawn_ranks(count: int, percentile: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, for every bootstrap sample of ``count`` values, the two ranks that the percentile lies between."""
    position = _position(count, percentile)
    low, high = int(position), min(int(position) + 1, count - 1)
    generator = np.random.default_rng(0)
    rows = max(1, _BATCH // count)
    below, above = [], []
    for start in range(0, BOOTSTRAP_SAMPLES, rows):
        drawn = generator.integers(0, count, (min(rows, BOOTSTRAP_SAMPLES - start), count))
        drawn.partition((low, high), axis=1)
        below.append(drawn[:, low])
        above.append(drawn[:, high])
    return np.concatenate(below), np.concatenate(above)
