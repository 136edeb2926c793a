"""Quality against latency: every model a point as it was run, and a curve over the depths at which it was swept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.report.charts.chart import Chart
from bench.report.charts.interactive import Axis, Level, Line, Plot, Point, View
from bench.report.tables.quality import average_label
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
class Setting:
    """A model in one setting, on one dataset or over several, each weighing alike.

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
        return float(np.mean([np.percentile(of_queries, percentile) for of_queries in self.milliseconds]))


@dataclass(frozen=True)
class Tradeoff:
    """Where every model stands between quality and latency.

    Attributes:
        datasets: The datasets that the table's average goes over.
        points: Model -> its setting as it was run, over ``datasets``.
        left_out: Models not measured on all of ``datasets``.
        first_stage: Dataset -> the values of its first stage, one a query.
        settings: (dataset, model) -> its settings: the depths of the sweep at the longest pairs that were timed, or as
            it was run.
    """

    datasets: tuple[str, ...]
    points: dict[str, Setting]
    left_out: tuple[str, ...]
    first_stage: dict[str, NDArray[np.float64]]
    settings: dict[tuple[str, str], tuple[Setting, ...]]

    @property
    def baseline(self) -> float | None:
        """The first stage's mean over ``datasets``, or None."""
        return self.level(self.datasets)

    def level(self, datasets: Sequence[str]) -> float | None:
        """Return the first stage's mean over ``datasets``, or None."""
        if not datasets or not all(dataset in self.first_stage for dataset in datasets):
            return None
        return Mean(tuple(self.first_stage[dataset] for dataset in datasets)).value

    def over(self, datasets: Sequence[str], model: str) -> tuple[Setting, ...]:
        """Return the settings in which a model was measured on every one of ``datasets``."""
        by_name = [{each.name: each for each in self.settings.get((dataset, model), ())} for dataset in datasets]
        names = [name for name in by_name[0] if all(name in settings for settings in by_name)]
        return tuple(_joined([settings[name] for settings in by_name]) for name in names)


def tradeoff(results: RunResults) -> Tradeoff:
    """Return quality and latency of every model.

    Raises:
        BenchError: A value or a time is not a finite number, or stands there twice.
    """
    values = aggregate.query_values(results, results.measures[0])
    datasets = aggregate.averaged_datasets(aggregate.mean_quality(results, results.measures[0]))
    as_run = {}
    for cell, timings in aggregate.groups(results.timings, "dataset", "model"):
        if cell in values and timings["candidates"].sum():
            times = 1000 * timings["seconds"].to_numpy(dtype=np.float64)
            as_run[cell] = Setting("as run", Mean((np.asarray(values[cell], dtype=np.float64),)), (times,))
    points = {
        model.name: _joined([as_run[dataset, model.name] for dataset in datasets])
        for model in results.models
        if datasets and all((dataset, model.name) in as_run for dataset in datasets)
    }
    settings: dict[tuple[str, str], tuple[Setting, ...]] = {cell: (setting,) for cell, setting in as_run.items()}
    for dataset, swept in operating_points(results).items():
        for model in results.models:
            if depths := curve((point for point in swept if point.is_timed), model.name):
                settings[dataset, model.name] = tuple(
                    Setting(f"top {point.depth}", Mean((point.values,)), (point.milliseconds,)) for point in depths
                )
    row = aggregate.first_stage_row(results)
    first_stage = {
        dataset: np.asarray(of_queries, dtype=np.float64)
        for (dataset, label), of_queries in values.items()
        if label == row
    }
    left_out = tuple(model.name for model in results.models if model.name not in points)
    return Tradeoff(datasets, points, left_out, first_stage, settings)


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
        groups.insert(0, (average_label(results, data.datasets), data.datasets))
    views = []
    for label, group in groups:
        measured = [
            (run, model.name, settings)
            for run, chart in enumerate(charts)
            for model in chart.results.models
            if (settings := chart.data.over(group, model.name))
        ]
        level, note = data.level(group), aggregate.joined_markers(results, group)
        levels = () if level is None else (Level(0, aggregate.first_stage_row(results) or "", level),)
        for name, percentile in _PERCENTILES.items() if measured else ():
            lines = tuple(Line(run, model, _points(settings, percentile)) for run, model, settings in measured)
            views.append(View({"Dataset": label, "Time": name}, lines, levels, note))
    return Plot(Axis("ms per query", "ms", log=True), Axis(results.measures[0], "score", log=False), tuple(views))


def _joined(settings: Sequence[Setting]) -> Setting:
    """Return one setting over the datasets of ``settings``, which have the same name."""
    return Setting(
        settings[0].name,
        Mean(tuple(sample for each in settings for sample in each.quality.samples)),
        tuple(of_queries for each in settings for of_queries in each.milliseconds),
    )


def _points(settings: Iterable[Setting], percentile: int) -> tuple[Point, ...]:
    points = []
    for setting in settings:
        interval = setting.quality.interval
        low, high = (interval.low, interval.high) if interval else (None, None)
        points.append(Point(setting.name, setting.latency(percentile), setting.quality.value, low, high))
    return tuple(sorted(points, key=lambda point: point.x))
