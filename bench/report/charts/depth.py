"""Quality by candidates reranked and by length of the pairs: a line a model, a row of panels a dataset."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from bench.common.words import count_of
from bench.report.charts.colours import Theme, model_mark, reference_mark
from bench.report.charts.drawing.axes import value_axis, widened
from bench.report.charts.drawing.canvas import Canvas, ChartText, point_style
from bench.report.charts.drawing.settings import BODY, MARGIN, SMALL, WIDTH
from bench.report.charts.drawing.text_layout import text_height, text_width, wrap
from bench.report.values import aggregate
from bench.report.values.operating_points import OperatingPoint, operating_points
from bench.report.values.text import score
from bench.results.run_results import RunResults

_LEFT, _AXIS, _GAP, _BETWEEN = 40.0, 28.0, 18.0, 12.0
#: Rows of panels -> height of each; the last holds for more.
_HEIGHTS = (210.0, 150.0, 120.0)
#: Least range of the measure's axis, so that noise is not blown up.
_LEAST_SPAN = 0.05


@dataclass(frozen=True)
class Row:
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
class _Column:
    """What stands across in one column of panels."""

    label: str
    value: Callable[[OperatingPoint], int]
    lines: Callable[[Row], dict[str, tuple[OperatingPoint, ...]]]

    def values(self, rows: Sequence[Row]) -> list[int]:
        """Return the values of all points, each once, in order."""
        return sorted({self.value(point) for row in rows for line in self.lines(row).values() for point in line})


_DEPTH = _Column("candidates reranked", lambda point: point.depth, lambda row: row.by_depth)
_LENGTH = _Column("most tokens per pair", lambda point: point.max_length, lambda row: row.by_length)


def depth_rows(results: RunResults) -> list[Row]:
    """Return a row for every dataset on which a model was measured at several depths or lengths.

    Raises:
        BenchError: A value or a time is not a finite number, or stands there twice.
    """
    rows = []
    for dataset, points in operating_points(results).items():
        by_depth, by_length = {}, {}
        for model in results.models:
            if of_model := [point for point in points if point.model == model.name and point.reranks]:
                longest = max(point.max_length for point in of_model)
                deepest = max(point.depth for point in of_model)
                by_depth[model.name] = tuple(point for point in of_model if point.max_length == longest)
                by_length[model.name] = tuple(point for point in of_model if point.depth == deepest)
        first_stage = next((point for point in points if not point.reranks), None)
        if any(len(line) > 1 for line in (*by_depth.values(), *by_length.values())):
            rows.append(Row(dataset, first_stage, by_depth, by_length))
    return rows


def describe_depths(results: RunResults) -> str:
    """Return the chart in words: every model's measure at its least and its greatest depth and length."""
    rows = depth_rows(results)
    parts = []
    for row in rows:
        lines = [] if row.first_stage is None else [f"{row.first_stage.model} {score(row.first_stage.quality)}"]
        for column, unit in zip((_DEPTH, _LENGTH), ("candidates", "tokens"), strict=True):
            for name, line in column.lines(row).items():
                ends = (line[0], line[-1])
                if len(line) > 1:
                    values = " to ".join(score(point.quality) for point in ends)
                    lines.append(f"{name} {values} at {' to '.join(f'{column.value(of):,}' for of in ends)} {unit}")
        parts.append(f"{row.dataset}: {', '.join(lines)}")
    return f"{results.measures[0]} by candidates reranked and by length. {'; '.join(parts)}."


def depth_chart(results: RunResults, theme: Theme) -> Figure:
    """Draw the primary measure with its interval against depth, and beside it against length, both logarithmic."""
    rows = depth_rows(results)
    columns = [
        column
        for column in (_DEPTH, _LENGTH)
        if any(len(line) > 1 for row in rows for line in column.lines(row).values())
    ]
    markers = aggregate.note_markers(results)
    inner = WIDTH - _LEFT - MARGIN - 6
    width, height = (inner - _GAP * (len(columns) - 1)) / len(columns), _HEIGHTS[min(len(rows), len(_HEIGHTS)) - 1]
    heads = [wrap(row.dataset + markers.get(row.dataset, ""), inner, BODY, "bold") for row in rows]
    head = 6 + max(text_height(title, BODY) for title in heads) + text_height("", SMALL)
    pitch = head + height + _BETWEEN
    canvas = Canvas(theme, _chart_text(results, rows, columns, theme), len(rows) * pitch - _BETWEEN + _AXIS)
    for number, (row, title) in enumerate(zip(rows, heads, strict=True)):
        top = canvas.top + number * pitch
        below = top + text_height(title, BODY)
        queries = count_of(next(iter(row.by_depth.values()))[0].values.size, "query")
        canvas.write(_LEFT, (top + below) / 2, title, weight="bold")
        canvas.write(_LEFT, below + text_height(queries, SMALL) / 2, queries, SMALL, color=theme.muted)
        limits = _limits(row, columns)
        for place, column in enumerate(columns):
            axes = canvas.axes(_LEFT + place * (width + _GAP), top + head, width, height)
            _scale(axes, column.values(rows), width)
            value_axis(axes, limits, 5)
            axes.tick_params(labelleft=place == 0, labelbottom=number == len(rows) - 1)
            _draw(axes, results, row, column, theme)
    foot = canvas.top + len(rows) * pitch - _BETWEEN + 24
    for place, column in enumerate(columns):
        middle = _LEFT + place * (width + _GAP) + width / 2
        canvas.write(middle, foot, column.label, SMALL, color=theme.muted, ha="center")
    return canvas.figure


def _chart_text(results: RunResults, rows: Sequence[Row], columns: Sequence[_Column], theme: Theme) -> ChartText:
    measure, first_stage = results.measures[0], aggregate.first_stage_row(results)
    names = {name for row in rows for name in row.by_depth}
    left_out = [model.name for model in results.models if model.name not in names]
    across = " and ".join(column.label for column in columns)
    where = "Left: at each model's longest pairs. Right: at its greatest depth." if len(columns) > 1 else ""
    lines = [
        f"{measure} (higher is better) against {across} (logarithmic). {where}".strip(),
        "Bands are 95 % bootstrap intervals over queries; the lines share their queries, so differences between them "
        "are surer than the bands suggest." + (" Each dataset has its own range." if len(rows) > 1 else ""),
        f"Not drawn, as not in the sweep: {', '.join(left_out)}." if left_out else "",
    ]
    key = [(reference_mark(theme), f"{first_stage} alone")] if any(row.first_stage for row in rows) else []
    key += [(model_mark(theme, index), model.name) for index, model in enumerate(results.models) if model.name in names]
    title = f"{measure} by {' and '.join('depth' if column is _DEPTH else 'length' for column in columns)}"
    return ChartText(title, lines, key, aggregate.footnotes(results, [row.dataset for row in rows]))


def _limits(row: Row, columns: Sequence[_Column]) -> tuple[float, float]:
    points = [point for column in columns for line in column.lines(row).values() for point in line]
    values = [end for point in points for end in _ends(point)]
    values += [row.first_stage.quality] if row.first_stage else []
    low, high = min(values), max(values)
    room = max(0.05 * (high - low), (_LEAST_SPAN - (high - low)) / 2)
    return max(0.0, low - room), high + room


def _ends(point: OperatingPoint) -> tuple[float, float]:
    interval = point.quality_interval
    return (interval.low, interval.high) if interval else (point.quality, point.quality)


def _scale(axes: Axes, values: Sequence[int], width: float) -> None:
    """Make the axis across logarithmic, with a tick at every measured value and its number where there is room."""
    axes.set_xscale("log")
    first, last = widened(values, 1.1, 2.0)
    axes.set_xlim(first, last)
    shown: list[int] = []
    for value in reversed(values):
        room = (text_width(f"{value:,}", SMALL) + text_width(f"{shown[-1]:,}", SMALL)) / 2 + 5 if shown else 0.0
        if not shown or math.log(shown[-1] / value) / math.log(last / first) * width >= room:
            shown.append(value)
    axes.set_xticks(values, [f"{value:,}" if value in shown else "" for value in values])
    axes.xaxis.set_minor_locator(NullLocator())


def _draw(axes: Axes, results: RunResults, row: Row, column: _Column, theme: Theme) -> None:
    if row.first_stage is not None:
        quality = row.first_stage.quality
        axes.axhline(quality, color=theme.reference, linewidth=1.4, linestyle=(0, (4, 2)), zorder=2)
    lines = column.lines(row)
    for index, model in enumerate(results.models):
        if line := lines.get(model.name):
            mark = model_mark(theme, index)
            x, y = [column.value(point) for point in line], [point.quality for point in line]
            lows, highs = zip(*map(_ends, line), strict=True)
            axes.fill_between(x, lows, highs, color=mark.color, alpha=0.14, linewidth=0, zorder=2)
            if len(line) == 1:
                axes.vlines(x, lows, highs, color=mark.color, alpha=0.4, linewidth=1.1, zorder=3)
            axes.plot(x, y, color=mark.color, linestyle=mark.dashes, linewidth=1.6, zorder=3)
            axes.plot(x, y, zorder=4, **point_style(mark, theme, 6.0))
