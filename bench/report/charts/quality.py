"""The quality chart: the primary measure of every model by dataset, beside the first stage, and the average."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.common.words import count_of
from bench.report.charts.chart import Chart
from bench.report.charts.interactive import Dot, DotChart, DotRow
from bench.report.values import aggregate
from bench.report.values.means import Mean
from bench.report.values.text import score
from bench.results.run_results import RunResults


@dataclass(frozen=True)
class QualityRow:
    """A dataset, or the average.

    Attributes:
        label: Label of the dataset, or what the average is called.
        detail: How many queries there are, or how the average weighs.
        datasets: The dataset, or those that the average goes over.
        means: Row label -> its mean; what was not measured is not in it.
    """

    label: str
    detail: str
    datasets: tuple[str, ...]
    means: dict[str, Mean]

    @property
    def is_average(self) -> bool:
        """Whether this is the average."""
        return len(self.datasets) > 1


def quality_rows(results: RunResults) -> tuple[QualityRow, ...]:
    """Return a row for every dataset in experiment order, then the average if it goes over several.

    Raises:
        BenchError: A value is not a finite number, or a query has two.
    """
    values = aggregate.query_values(results, results.measures[0])
    arrays = {cell: np.asarray(of_queries, dtype=np.float64) for cell, of_queries in values.items()}
    labels = aggregate.row_labels(results)

    def row(label: str, detail: str, datasets: tuple[str, ...]) -> QualityRow:
        measured = [name for name in labels if all((dataset, name) in arrays for dataset in datasets)]
        means = {name: Mean(tuple(arrays[dataset, name] for dataset in datasets)) for name in measured}
        return QualityRow(label, detail, datasets, means)

    queries = {name: count_of(number, "query") for name, number in results.queries.items()}
    rows = [row(dataset, queries.get(dataset, ""), (dataset,)) for dataset in results.datasets]
    averaged = _averaged(results)
    if len(averaged) > 1:
        rows.append(row(aggregate.average_label(results, averaged), "each dataset alike", averaged))
    return tuple(rows)


def describe_quality(results: RunResults, rows: Sequence[QualityRow]) -> str:
    """Return the chart in words: every model's average, or the datasets where there is no average."""
    averaged = _averaged(results)
    for row in rows:
        if row.datasets == averaged:
            over = f"average of {len(averaged)} datasets" if row.is_average else row.label
            values = ", ".join(f"{label} {score(mean.value)}" for label, mean in row.means.items())
            return f"{results.measures[0]} by dataset, {over}: {values}."
    return f"{results.measures[0]} by dataset: {', '.join(results.datasets)}."


def interactive_quality(charts: Sequence[Chart[tuple[QualityRow, ...]]]) -> DotChart:
    """Return the means of all runs with their intervals: a row a dataset, then the averages in one row."""
    by_label: dict[str, list[tuple[int, QualityRow]]] = {}
    averages: list[tuple[int, QualityRow]] = []
    for run, chart in enumerate(charts):
        for row in chart.data:
            (averages if row.is_average else by_label.setdefault(row.label, [])).append((run, row))
    rows = []
    for group in (*by_label.values(), *([averages] if averages else ())):
        first = group[0][1]
        label = first.label + aggregate.joined_markers(charts[0].results, first.datasets)
        detail = next((row.detail for _, row in group if row.detail), "")
        dots = tuple(Dot(run, name, mean.value, *mean.bounds) for run, row in group for name, mean in row.means.items())
        rows.append(DotRow(label, detail, first.is_average, dots))
    return DotChart(charts[0].results.measures[0], tuple(rows))


def _averaged(results: RunResults) -> tuple[str, ...]:
    return aggregate.averaged_datasets(aggregate.mean_quality(results, results.measures[0]))
