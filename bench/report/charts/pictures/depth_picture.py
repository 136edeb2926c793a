"""The depth chart drawn: a line a model, a row of panels a dataset."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.common.words import count_of
from bench.report.charts.colours import Theme, model_marks, reference_mark
from bench.report.charts.depth import COLUMNS, DepthColumn, DepthRow
from bench.report.charts.drawing.axes import label_measured, value_axis, widened
from bench.report.charts.drawing.canvas import Canvas, ChartText, point_style
from bench.report.charts.drawing.settings import BODY, MARGIN, SMALL, WIDTH
from bench.report.charts.drawing.text_layout import text_height, wrap
from bench.report.values import aggregate
from bench.report.values.operating_points import OperatingPoint
from bench.results.run_results import RunResults

_LEFT, _AXIS, _GAP, _BETWEEN = 40.0, 28.0, 18.0, 12.0
#: Rows of panels -> height of each; the last holds for more.
_HEIGHTS = (210.0, 150.0, 120.0)
#: Least range of the measure's axis, so that noise is not blown up.
_LEAST_SPAN = 0.05


def draw_depth(results: RunResults, rows: Sequence[DepthRow], theme: Theme) -> Figure:
    """Draw the primary measure with its interval against depth, and beside it against length, both logarithmic."""
    columns = [
        column for column in COLUMNS if any(len(line) > 1 for row in rows for line in column.lines(row).values())
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


def _chart_text(
    results: RunResults, rows: Sequence[DepthRow], columns: Sequence[DepthColumn], theme: Theme
) -> ChartText:
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
    key += [(mark, name) for name, mark in model_marks(theme, results.models).items() if name in names]
    title = f"{measure} by {' and '.join(column.name for column in columns)}"
    return ChartText(title, lines, key, aggregate.footnotes(results, [row.dataset for row in rows]))


def _limits(row: DepthRow, columns: Sequence[DepthColumn]) -> tuple[float, float]:
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
    limits = widened(values, 1.1, 2.0)
    axes.set_xlim(*limits)
    label_measured(axes.xaxis, values, limits, width)


def _draw(axes: Axes, results: RunResults, row: DepthRow, column: DepthColumn, theme: Theme) -> None:
    if row.first_stage is not None:
        quality = row.first_stage.quality
        axes.axhline(quality, color=theme.reference, linewidth=1.4, linestyle=(0, (4, 2)), zorder=2)
    lines = column.lines(row)
    for name, mark in model_marks(theme, results.models).items():
        if line := lines.get(name):
            x, y = [column.value(point) for point in line], [point.quality for point in line]
            lows, highs = zip(*map(_ends, line), strict=True)
            axes.fill_between(x, lows, highs, color=mark.color, alpha=0.14, linewidth=0, zorder=2)
            if len(line) == 1:
                axes.vlines(x, lows, highs, color=mark.color, alpha=0.4, linewidth=1.1, zorder=3)
            axes.plot(x, y, color=mark.color, linestyle=mark.dashes, linewidth=1.6, zorder=3)
            axes.plot(x, y, zorder=4, **point_style(mark, theme, 6.0))
