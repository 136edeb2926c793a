"""Quality against latency: every model a point as it was run, and a curve over the depths at which it was swept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.report.charts.chart import Chart
from bench.report.charts.interactive import Plot, PlotAxis, PlotLevel, PlotLine, PlotPoint, PlotView
from bench.report.values import aggregate
from bench.report.values.means import Mean
from bench.report.values.operating_points import curve, operating_points
from bench.report.values.text import milliseconds, score
from bench.results.run_results import RunResults

#: Percentile of the times that the picture shows.
MEDIAN = 50

#: What the page calls the percentiles of the times that it shows.
_PERCENTILES = {"median": MEDIAN, "p95": 95}


@dataclass(frozen=True, eq=False)
class TradeoffPoint:
    """A model at one depth or as it was run, on one dataset or over several, each weighing alike.

    Attributes:
        name: ``as run``, or the depth, such as ``top 50``.
        quality: The primary measure.
        milliseconds: Times, one a query: an array of shape (n,) a dataset.
    """

    name: str
    quality: Mean
    milliseconds: tuple[NDArray[np.float64], ...]

    def latency(self, percentile: int) -> float:
        """Return a percentile of the milliseconds, the mean over datasets."""
        return float(np.mean([np.percentile(times, percentile) for times in self.milliseconds]))


#: (dataset, model) -> where the model stands there.
PointsByCell: TypeAlias = dict[tuple[str, str], tuple[TradeoffPoint, ...]]


@dataclass(frozen=True)
class Tradeoff:
    """Where every model stands between quality and latency.

    Attributes:
        datasets: The datasets that the table's average goes over.
        points: Model -> its point over ``datasets``, as it was run.
        left_out: Models not measured on all of ``datasets``.
        first_stage: Dataset -> the values of its first stage, one a query.
        curves: (dataset, model) -> its points at the depths of the sweep, or the one point as it was run.
    """

    datasets: tuple[str, ...]
    points: dict[str, TradeoffPoint]
    left_out: tuple[str, ...]
    first_stage: dict[str, NDArray[np.float64]]
    curves: PointsByCell

    @property
    def baseline(self) -> float | None:
        """The first stage's mean over ``datasets``, or None."""
        return self.first_stage_over(self.datasets)

    def first_stage_over(self, datasets: Sequence[str]) -> float | None:
        """Return the first stage's mean over ``datasets``; None where one of them has no first stage."""
        if not datasets or not all(dataset in self.first_stage for dataset in datasets):
            return None
        return Mean(tuple(self.first_stage[dataset] for dataset in datasets)).value

    def curve_over(self, datasets: Sequence[str], model: str) -> tuple[TradeoffPoint, ...]:
        """Return the points of a model over ``datasets``: those that it has on every one of them."""
        by_name = [{point.name: point for point in self.curves.get((dataset, model), ())} for dataset in datasets]
        names = [name for name in by_name[0] if all(name in points for points in by_name)]
        return tuple(_over([points[name] for points in by_name]) for name in names)


def tradeoff(results: RunResults) -> Tradeoff:
    """Return quality and latency of every model.

    Raises:
        BenchError: A value or a time is not a finite number, or stands there twice.
    """
    values = {
        cell: np.asarray(of_queries, dtype=np.float64)
        for cell, of_queries in aggregate.query_values(results, results.measures[0]).items()
    }
    datasets = aggregate.averaged_datasets(aggregate.mean_quality(results, results.measures[0]))
    as_run: PointsByCell = {}
    for cell, timings in aggregate.groups(results.timings, "dataset", "model"):
        if cell in values and timings["candidates"].sum():
            times = 1000 * timings["seconds"].to_numpy(dtype=np.float64)
            as_run[cell] = (TradeoffPoint("as run", Mean((values[cell],)), (times,)),)
    points = {
        model.name: _over([as_run[dataset, model.name][0] for dataset in datasets])
        for model in results.models
        if datasets and all((dataset, model.name) in as_run for dataset in datasets)
    }
    left_out = tuple(model.name for model in results.models if model.name not in points)
    row = aggregate.first_stage_row(results)
    first_stage = {dataset: array for (dataset, label), array in values.items() if label == row}
    return Tradeoff(datasets, points, left_out, first_stage, as_run | _swept(results))


def _swept(results: RunResults) -> PointsByCell:
    """Return the points at the depths of the sweep, at the longest pairs that were timed."""
    curves: PointsByCell = {}
    for dataset, swept in operating_points(results).items():
        timed = [point for point in swept if point.is_timed]
        for model in results.models:
            if depths := curve(timed, model.name):
                curves[dataset, model.name] = tuple(
                    TradeoffPoint(f"top {point.depth}", Mean((point.values,)), (point.milliseconds,))
                    for point in depths
                )
    return curves


def _over(points: Sequence[TradeoffPoint]) -> TradeoffPoint:
    """Return one point over the datasets of ``points``, which have the same name."""
    return TradeoffPoint(
        points[0].name,
        Mean(tuple(sample for point in points for sample in point.quality.samples)),
        tuple(times for point in points for times in point.milliseconds),
    )


def describe_tradeoff(results: RunResults, data: Tradeoff) -> str:
    """Return the chart in words: every model's point as it was run, and the first stage."""
    parts = [
        f"{name} {score(point.quality.value)} at {milliseconds(point.latency(MEDIAN))} ms"
        for name, point in data.points.items()
    ]
    if data.baseline is not None:
        parts.append(f"{aggregate.first_stage_row(results)} alone {score(data.baseline)}")
    return f"{results.measures[0]} against median milliseconds per query: {'; '.join(parts)}."


def interactive_tradeoff(charts: Sequence[Chart[Tradeoff]]) -> Plot:
    """Return a view for the average and for every dataset, at the median and at the 95th percentile of the times."""
    results, data = charts[0].results, charts[0].data
    datasets = dict.fromkeys(dataset for chart in charts for dataset in chart.results.datasets)
    groups: list[tuple[str, tuple[str, ...]]] = [(dataset, (dataset,)) for dataset in datasets]
    if len(data.datasets) > 1:
        groups.insert(0, (aggregate.average_label(results, data.datasets), data.datasets))
    views = []
    for label, group in groups:
        measured = [
            (run, model.name, points)
            for run, chart in enumerate(charts)
            for model in chart.results.models
            if (points := chart.data.curve_over(group, model.name))
        ]
        level, note = data.first_stage_over(group), aggregate.joined_markers(results, group)
        levels = () if level is None else (PlotLevel(0, aggregate.first_stage_row(results) or "", level),)
        for name, percentile in _PERCENTILES.items() if measured else ():
            lines = tuple(PlotLine(run, model, _plot_points(points, percentile)) for run, model, points in measured)
            views.append(PlotView({"Dataset": label, "Time": name}, lines, levels, note))
    across, upwards = PlotAxis("ms per query", "ms", log=True), PlotAxis(results.measures[0], "score", log=False)
    return Plot(across, upwards, tuple(views))


def _plot_points(points: Iterable[TradeoffPoint], percentile: int) -> tuple[PlotPoint, ...]:
    """Return the points from the left, each at a percentile of its times and with the interval of its quality."""
    found = [
        PlotPoint(point.name, point.latency(percentile), point.quality.value, *point.quality.bounds) for point in points
    ]
    return tuple(sorted(found, key=lambda point: point.x))
