"""The depth chart: quality by candidates reranked and by length of the pairs, a line a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.report.values.operating_points import OperatingPoint, curve, operating_points
from bench.report.values.text import score
from bench.results.run_results import RunResults


@dataclass(frozen=True)
class DepthRow:
    """One dataset.

    Attributes:
        dataset: Its label.
        first_stage: The first stage alone, if it was measured.
        by_depth: Model -> its points at its longest pairs, by depth.
        by_length: Model -> its points at its greatest depth, by length.
    """

    dataset: str
    first_stage: OperatingPoint | None
    by_depth: dict[str, tuple[OperatingPoint, ...]]
    by_length: dict[str, tuple[OperatingPoint, ...]]


@dataclass(frozen=True)
class DepthColumn:
    """What a column of panels has on its horizontal axis.

    Attributes:
        name: What is varied.
        label: What is written beneath the axis.
        unit: The unit of its values.
        value: Returns the value of a point.
        lines: Returns model -> its points, of a dataset.
    """

    name: str
    label: str
    unit: str
    value: Callable[[OperatingPoint], int]
    lines: Callable[[DepthRow], dict[str, tuple[OperatingPoint, ...]]]

    def values(self, rows: Sequence[DepthRow]) -> list[int]:
        """Return the values of all points, each once, in order."""
        return sorted({self.value(point) for row in rows for line in self.lines(row).values() for point in line})


#: From the left.
COLUMNS = (
    DepthColumn("depth", "candidates reranked", "candidates", lambda point: point.depth, lambda row: row.by_depth),
    DepthColumn("length", "most tokens per pair", "tokens", lambda point: point.max_length, lambda row: row.by_length),
)


def depth_rows(results: RunResults) -> tuple[DepthRow, ...]:
    """Return a row for every dataset on which a model was measured at several depths or lengths.

    Raises:
        BenchError: A value or a time is not a finite number, or stands there twice.
    """
    rows = []
    for dataset, points in operating_points(results).items():
        by_depth, by_length = {}, {}
        for model in results.models:
            if of_model := [point for point in points if point.model == model.name and point.reranks]:
                deepest = max(point.depth for point in of_model)
                by_depth[model.name] = curve(of_model, model.name)
                by_length[model.name] = tuple(point for point in of_model if point.depth == deepest)
        first_stage = next((point for point in points if not point.reranks), None)
        if any(len(line) > 1 for line in (*by_depth.values(), *by_length.values())):
            rows.append(DepthRow(dataset, first_stage, by_depth, by_length))
    return tuple(rows)


def describe_depth(results: RunResults, rows: Sequence[DepthRow]) -> str:
    """Return the chart in words: every model's measure at its least and its greatest depth and length."""
    parts = []
    for row in rows:
        found = [] if row.first_stage is None else [f"{row.first_stage.model} {score(row.first_stage.quality)}"]
        for column in COLUMNS:
            for name, line in column.lines(row).items():
                if len(line) > 1:
                    ends = (line[0], line[-1])
                    values = " to ".join(score(point.quality) for point in ends)
                    places = " to ".join(f"{column.value(point):,}" for point in ends)
                    found.append(f"{name} {values} at {places} {column.unit}")
        parts.append(f"{row.dataset}: {', '.join(found)}")
    return f"{results.measures[0]} by candidates reranked and by length. {'; '.join(parts)}."
