"""The Pareto front drawn: a curve a model, a panel a dataset, and the front as a broad line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.common.words import count_of
from bench.report.charts.colours import Mark, Theme, model_marks, reference_mark
from bench.report.charts.drawing.axes import label_logarithmic, log_share, value_axis, widened
from bench.report.charts.drawing.canvas import Canvas, ChartText, point_style
from bench.report.charts.drawing.point_labels import Label, Position, along, label_points, square
from bench.report.charts.drawing.settings import BODY, MARGIN, SMALL, WIDTH
from bench.report.charts.drawing.text_layout import Box, text_height, wrap
from bench.report.charts.pareto import MEDIAN, ParetoPanel
from bench.report.values import aggregate
from bench.report.values.fingerprint import processor
from bench.report.values.operating_points import OperatingPoint
from bench.results.run_results import RunResults

_LEFT, _AXIS, _GAP, _BETWEEN = 40.0, 28.0, 36.0, 22.0
#: Columns -> height of a panel.
_HEIGHTS = {1: 260.0, 2: 165.0, 3: 125.0}
_LARGE, _LITTLE = 6.0, 3.5
#: Least range of the measure's axis, so that noise is not blown up.
_LEAST_SPAN = 0.05


def draw_pareto(results: RunResults, panels: Sequence[ParetoPanel], theme: Theme) -> Figure:
    """Draw the primary measure against the median time per query, with intervals on both axes, and the front."""
    columns = 1 if len(panels) == 1 else 2 if len(panels) <= 4 else 3
    width, height = (WIDTH - _LEFT - MARGIN - 6 - _GAP * (columns - 1)) / columns, _HEIGHTS[columns]
    markers = aggregate.note_markers(results)
    heads = [wrap(panel.dataset + markers.get(panel.dataset, ""), width, BODY, "bold") for panel in panels]
    head = 6 + max(text_height(title, BODY) for title in heads) + text_height("", SMALL)
    rows = math.ceil(len(panels) / columns)
    canvas = Canvas(theme, _chart_text(results, panels, theme), rows * (head + height) + (rows - 1) * _BETWEEN + _AXIS)
    drawn_times, limits = _limits(panels)
    times = widened(drawn_times, 1.2, 4.0)
    for number, (panel, title, values) in enumerate(zip(panels, heads, limits, strict=True)):
        row, column = divmod(number, columns)
        left, top = _LEFT + column * (width + _GAP), canvas.top + row * (head + height + _BETWEEN)
        detail = _detail(panel)
        canvas.write(left, top + text_height(title, BODY) / 2, title, weight="bold")
        below = top + text_height(title, BODY) + text_height(detail, SMALL) / 2
        canvas.write(left, below, detail, SMALL, color=theme.muted)
        axes = canvas.axes(left, top + head, width, height)
        axes.set_xscale("log")
        axes.set_xlim(*times)
        label_logarithmic(axes.xaxis, times)
        value_axis(axes, values, 6 if columns == 1 else 4)
        _draw(axes, results, panel, theme)
        _label(canvas, axes, panel, (left, top + head, width, height), lengths=columns == 1)
    middle, bottom = (_LEFT + WIDTH - MARGIN) / 2, canvas.top + rows * (head + height + _BETWEEN) - _BETWEEN + 24
    canvas.write(middle, bottom, "median ms per query", SMALL, color=theme.muted, ha="center")
    return canvas.figure


def _chart_text(results: RunResults, panels: Sequence[ParetoPanel], theme: Theme) -> ChartText:
    measure, first_stage = results.measures[0], aggregate.first_stage_row(results)
    names = {name for panel in panels for name in panel.curves}
    threads = sorted({point.threads for panel in panels for point in panel.prominent})
    shorter = any(panel.shorter for panel in panels)
    several = len(panels) > 1
    where = (
        "All panels have the same times, and each its own range" if several else "",
        processor(results.machine),
        f"{threads[0]} to {count_of(threads[-1], 'thread')}" if len(threads) > 1 else count_of(threads[0], "thread"),
    )
    left_out = [model.name for model in results.models if model.name not in names]
    lines = [
        f"{measure} (higher is better) against the time to rerank one query (left is faster, logarithmic). A curve a "
        "model; the numbers are candidates reranked."
        + (" Small points are at shorter pairs." if shorter and several else "")
        + (
            " Small points are at shorter pairs; on the front, 20/64 is 20 at 64 tokens."
            if shorter and not several
            else ""
        ),
        "The broad line is the front, the best within each time. Bars are 95 % bootstrap intervals over queries; the "
        "points share their queries, so differences between them are surer than the bars suggest.",
        " · ".join(part for part in where if part),
        f"Not drawn, as their sweep was not timed: {', '.join(left_out)}." if left_out else "",
    ]
    key = [(reference_mark(theme), f"{first_stage} alone")] if any(panel.first_stage for panel in panels) else []
    key += [(mark, name) for name, mark in model_marks(theme, results.models).items() if name in names]
    notes = aggregate.footnotes(results, [panel.dataset for panel in panels])
    return ChartText(f"{measure} within a time per query", lines, key, notes)


def _detail(panel: ParetoPanel) -> str:
    queries, timed = panel.prominent[0].values.size, {point.milliseconds.size for point in panel.prominent}
    few = f"at least {min(timed):,}" if len(timed) > 1 else f"{min(timed):,}"
    return count_of(queries, "query") + ("" if timed == {queries} else f", {few} timed")


def _bars(point: OperatingPoint) -> Box:
    """Return the intervals of a point: left to right of its milliseconds, bottom to top of its measure."""
    time, value = point.latency(MEDIAN), point.quality
    across, upwards = point.latency_interval(MEDIAN), point.quality_interval
    start, end = (across.low, across.high) if across else (time, time)
    bottom, top = (upwards.low, upwards.high) if upwards else (value, value)
    return Box(start, top, end, bottom)


def _limits(panels: Sequence[ParetoPanel]) -> tuple[list[float], list[tuple[float, float]]]:
    """Return what has to be on the axis of times, and the limits of the measure in each panel."""
    times, limits = [], []
    for panel in panels:
        bars = [_bars(point) for point in panel.prominent]
        points = (*panel.shorter, *((panel.first_stage,) if panel.first_stage else ()))
        times += [time for bar in bars for time in (bar.left, bar.right)]
        times += [point.latency(MEDIAN) for point in panel.shorter]
        values = [value for bar in bars for value in (bar.top, bar.bottom)] + [point.quality for point in points]
        low, high = min(values), max(values)
        room = max(0.06 * (high - low), (_LEAST_SPAN - (high - low)) / 2)
        limits.append((max(0.0, low - room), high + room))
    return times, limits


def _draw(axes: Axes, results: RunResults, panel: ParetoPanel, theme: Theme) -> None:
    first, last = axes.get_xlim()
    if panel.first_stage is not None:
        quality = panel.first_stage.quality
        axes.axhline(quality, color=theme.reference, linewidth=1.4, linestyle=(0, (4, 2)), zorder=2)
    times = [max(point.latency(MEDIAN), first) for point in panel.front]
    values = [point.quality for point in panel.front]
    axes.step([*times, last], [*values, values[-1]], where="post", color=theme.muted, alpha=0.28, linewidth=5, zorder=2)
    marks = model_marks(theme, results.models)
    for point in panel.shorter:
        _point(axes, point, marks[point.model], theme, _LITTLE)
    for name, curve in panel.curves.items():
        mark = marks[name]
        along = [point.latency(MEDIAN) for point in curve], [point.quality for point in curve]
        axes.plot(*along, color=mark.color, linestyle=mark.dashes, linewidth=1.4, zorder=3)
    for point in panel.prominent:
        mark, bars = marks[point.model], _bars(point)
        style: dict[str, Any] = {"color": mark.color, "alpha": 0.4, "linewidth": 1.1, "zorder": 3}
        axes.hlines(point.quality, bars.left, bars.right, **style)
        axes.vlines(point.latency(MEDIAN), bars.bottom, bars.top, **style)
        _point(axes, point, mark, theme, _LARGE)


def _point(axes: Axes, point: OperatingPoint, mark: Mark, theme: Theme, size: float) -> None:
    axes.plot([point.latency(MEDIAN)], [point.quality], zorder=4, **point_style(mark, theme, size))


def _label(
    canvas: Canvas, axes: Axes, panel: ParetoPanel, area: tuple[float, float, float, float], lengths: bool
) -> None:
    """Write the depth beside the points of the curves, and if ``lengths`` that and the length beside the others."""
    left, top, width, height = area
    times, (low, high) = axes.get_xlim(), axes.get_ylim()

    def on_canvas(time: float, value: float) -> Position:
        return left + width * log_share(time, times), top + height * (high - value) / (high - low)

    def place_of(point: OperatingPoint) -> Position:
        return on_canvas(point.latency(MEDIAN), point.quality)

    on_curves = [point for curve in panel.curves.values() for point in curve]
    shorter = [point for point in panel.front if point in panel.shorter] if lengths else []
    labels = []
    for point in sorted(on_curves, key=lambda point: point not in panel.front):
        wrong = tuple(place_of(other) for other in panel.prominent if other.depth != point.depth)
        labels.append(Label(place_of(point), f"{point.depth}", wrong))
    for point in shorter:
        wrong = tuple(place_of(other) for other in panel.prominent if other is not point)
        labels.append(Label(place_of(point), f"{point.depth}/{point.max_length}", wrong))
    obstacles = [square(place_of(point), _LARGE) for point in panel.prominent]
    obstacles += [square(place_of(point), _LITTLE) for point in panel.shorter]
    obstacles += [box for curve in panel.curves.values() for box in along([place_of(point) for point in curve])]
    if panel.first_stage is not None:
        line = on_canvas(times[0], panel.first_stage.quality)[1]
        obstacles.append(Box(left, line - 1, left + width, line + 1))
    avoided = []
    for point in panel.prominent:
        bars, (x, y) = _bars(point), place_of(point)
        (start, above), (end, below) = on_canvas(bars.left, bars.top), on_canvas(bars.right, bars.bottom)
        avoided += [Box(start, y - 0.5, end, y + 0.5), Box(x - 0.5, above, x + 0.5, below)]
    label_points(canvas, labels, obstacles, avoided, Box(left, top, left + width, top + height))
