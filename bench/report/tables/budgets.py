"""Quality within a latency budget: the best model, depth and length that a query's time allows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.report.tables.table import Table
from bench.report.values import aggregate
from bench.report.values.operating_points import PERCENTILES, OperatingPoint, front, operating_points
from bench.report.values.text import milliseconds, score, thousands
from bench.results.run_results import RunResults
from bench.stats.intervals import Interval

#: Budgets, in milliseconds per query.
BUDGETS = (10, 25, 50, 100, 250, 500)
#: How often the queries are halved.
_HALVINGS = 1000
#: Among fewer queries, fewer than two are above p95.
_FEW = 40
_ELSEWHERE = "on other queries"
#: Differences of a measure up to this are taken for rounding errors.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Choice:
    """The points that a budget leaves to choose from, on a dataset.

    Attributes:
        dataset: Its label.
        percentile: The percentile of the time per query that has to be within the budget.
        budget: Milliseconds per query.
        timed: The points compared, the first stage among them.
    """

    dataset: str
    percentile: int
    budget: int
    timed: tuple[OperatingPoint, ...]

    @property
    def within(self) -> tuple[OperatingPoint, ...]:
        """The points within the budget, the fastest first."""
        within = [point for point in self.timed if point.latency(self.percentile) <= self.budget]
        return tuple(sorted(within, key=lambda point: point.latency(self.percentile)))

    @property
    def best(self) -> OperatingPoint | None:
        """The best of the points within the budget, of equal ones the fastest; None if there are none."""
        unbeaten = front(self.within, self.percentile)
        return unbeaten[-1] if unbeaten else None


def budget_choices(results: RunResults) -> list[Choice]:
    """Return the choice for every budget and percentile, of the datasets whose sweep was measured and timed.

    Raises:
        BenchError: A value or a time is not a finite number, or stands there twice.
    """
    timed = {
        dataset: tuple(point for point in points if point.is_timed)
        for dataset, points in operating_points(results).items()
    }
    return [
        Choice(dataset, percentile, budget, points)
        for dataset, points in timed.items()
        if any(point.reranks for point in points)
        for percentile in PERCENTILES
        for budget in BUDGETS
    ]


def budget_table(results: RunResults) -> Table:
    """Return the best model, depth and length of every dataset within each budget, at the median and at p95.

    The first stage alone costs nothing, so it stands where no reranker fits, and where none that fits is better. The
    table has no rows where the sweep was not both measured and timed.

    Raises:
        BenchError: A value or a time is not a finite number, or stands there twice.
    """
    measure, choices = results.measures[0], budget_choices(results)
    columns: dict[str, Any] = {
        "dataset": object,
        "at": object,
        "budget ms": int,
        "model": object,
        "depth": "Int64",
        "max_length": "Int64",
        measure: float,
        _ELSEWHERE: float,
        "ms": float,
    }
    frame = pd.DataFrame([_row(choice) for choice in choices], columns=list(columns)).astype(columns)
    found = [_intervals(choice) for choice in choices]
    markers = aggregate.note_markers(results)
    return Table(
        name="budgets",
        caption=f"The highest {measure} within a time per query: by which model, with how many candidates reranked "
        "(depth) and how many tokens per pair at most (max_length). At p50 half of the queries take no longer than "
        "the budget, at p95 all but one in twenty. In brackets 95 % bootstrap intervals over queries.",
        frame=frame,
        formats={
            **dict.fromkeys(["budget ms", "depth", "max_length"], thousands),
            **dict.fromkeys([measure, _ELSEWHERE], score),
            **dict.fromkeys(["low", "high"], score),
            **dict.fromkeys(["ms", "ms low", "ms high"], milliseconds),
        },
        markers=tuple((markers[choice.dataset],) if choice.dataset in markers else () for choice in choices),
        notes=aggregate.notes_by_marker(results),
        remarks=_remarks(results, choices) if choices else (),
        intervals={
            (row, column): interval
            for row, pair in enumerate(found)
            for column, interval in zip((measure, "ms"), pair, strict=True)
            if interval
        },
        exact=_exact(choices, found),
    )


def on_other_queries(points: Sequence[OperatingPoint]) -> float:
    """Return the quality to expect of the best of ``points`` on queries that it was not chosen on.

    The queries are halved at random, many times. The point that is best on one half is measured on the other half, and
    the other way round. The choice does not flatter the mean of these values. If anything the mean is too low, as half
    of the queries choose less well than all. NaN for fewer than two queries.

    Args:
        points: At least one; of equal ones, the first is chosen.
    """
    values = np.stack([point.values for point in points], axis=1)
    count, half = len(values), len(values) // 2
    if count < 2:
        return float("nan")
    order = np.random.default_rng(0).permuted(np.tile(np.arange(count), (_HALVINGS, 1)), axis=1)
    in_half = np.zeros((_HALVINGS, count))
    np.put_along_axis(in_half, order[:, :half], 1.0, axis=1)
    ours = in_half @ values
    theirs = values.sum(axis=0) - ours
    halvings = np.arange(_HALVINGS)
    sums = theirs[halvings, _highest(ours / half)] + ours[halvings, _highest(theirs / (count - half))]
    return float(sums.mean() / count)


def _highest(means: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the first highest column of every row; what differs by rounding only is equal."""
    highest: NDArray[np.intp] = (means >= means.max(axis=1, keepdims=True) - _ROUNDING).argmax(axis=1)
    return highest


def _row(choice: Choice) -> tuple[Any, ...]:
    setting = (choice.dataset, f"p{choice.percentile}", choice.budget)
    best, within = choice.best, choice.within
    why = "none that fits is better" if any(point.reranks for point in within) else "no reranker fits"
    if best is None:
        return (*setting, why, None, None, None, None, None)
    figures = (best.quality, on_other_queries(within), best.latency(choice.percentile))
    if best.reranks:
        return (*setting, best.model, best.depth, best.max_length, *figures)
    return (*setting, f"{best.model} ({why})", None, None, *figures)


def _intervals(choice: Choice) -> tuple[Interval | None, Interval | None]:
    best = choice.best
    return (best.quality_interval, best.latency_interval(choice.percentile)) if best else (None, None)


def _exact(choices: Sequence[Choice], intervals: Sequence[tuple[Interval | None, Interval | None]]) -> pd.DataFrame:
    """Return the ends of the intervals, and the numbers of queries, of threads and of points, for the CSV."""
    ends = ["low", "high", "ms low", "ms high"]
    counts = ["queries", "timed queries", "threads", "points compared", "points that fit"]
    rows = []
    for choice, of_choice in zip(choices, intervals, strict=True):
        best = choice.best
        timing = (best.milliseconds.size, best.threads) if best and best.reranks else (None, None)
        of_points = (len(choice.timed), len(choice.within))
        bounds = [end for found in of_choice for end in ((found.low, found.high) if found else (None, None))]
        rows.append((*bounds, choice.timed[0].values.size, *timing, *of_points))
    return pd.DataFrame(rows, columns=ends + counts).astype(dict.fromkeys(ends, float) | dict.fromkeys(counts, "Int64"))


def _remarks(results: RunResults, choices: Sequence[Choice]) -> tuple[str, ...]:
    reranking = [point for choice in choices for point in choice.timed if point.reranks]
    queries = [point.milliseconds.size for point in reranking]
    names = {point.model for point in reranking}
    untimed = [model.name for model in results.models if model.name not in names]
    remarks = [
        "Choosing the best of many points on the very queries that measure them flatters it (the winner's curse): "
        f"{_range(len(choice.timed) for choice in choices)} points a dataset were compared, the first stage "
        f'included. "{_ELSEWHERE.capitalize()}" is free of that: the mean over {_HALVINGS:,} random halvings of the '
        "queries of what is best on one half, measured on the other.",
        f"Timed: {_range(queries)} queries a point, each the median of its repeats; threads: "
        f"{_range(point.threads for point in reranking)}. Finding the candidates is not included. A point fits if its "
        "time does, whatever the interval.",
        f"With fewer than {_FEW} queries timed, p95 is little else than the slowest." if min(queries) < _FEW else "",
        f"Not compared, as their sweep was not timed: {', '.join(untimed)}." if untimed else "",
    ]
    return tuple(remark for remark in remarks if remark)


def _range(numbers: Iterable[int]) -> str:
    """Return what ``numbers`` range over, such as ``24`` or ``12 to 24``."""
    ordered = sorted(numbers)
    low, high = ordered[0], ordered[-1]
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
