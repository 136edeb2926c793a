"""Quality against latency drawn: every model a point as it was run, its coordinates means over the datasets."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.common.words import count_of
from bench.report.charts.colours import Theme, model_marks
from bench.report.charts.drawing.axes import label_logarithmic, log_share, value_axis, widened
from bench.report.charts.drawing.canvas import Canvas, ChartText
from bench.report.charts.drawing.settings import BODY, MARGIN, SMALL, WIDTH
from bench.report.charts.drawing.text_layout import Box, place, text_height, text_width, wrap_depth
from bench.report.charts.tradeoff import MEDIAN, Tradeoff
from bench.report.values import aggregate
from bench.report.values.fingerprint import processor, threads_used
from bench.results.run_results import RunResults

_LEFT, _HEIGHT, _AXIS, _LABEL = 40.0, 250.0, 28.0, 150.0
#: Least range of the vertical axis, so that noise is not blown up.
_LEAST_SPAN = 0.05


def draw_tradeoff(results: RunResults, data: Tradeoff, theme: Theme) -> Figure:
    """Draw the primary measure against the median time per query, the first stage as a dashed line."""
    canvas = Canvas(theme, _chart_text(results, data), _HEIGHT + 6 + _AXIS)
    area = (_LEFT, canvas.top + 6, WIDTH - _LEFT - MARGIN - 6, _HEIGHT)
    axes = canvas.axes(*area)
    axes.set_xscale("log")
    limits = widened([point.latency(MEDIAN) for point in data.points.values()], 1.35, 4.0)
    axes.set_xlim(*limits)
    label_logarithmic(axes.xaxis, limits)
    values = [point.quality.value for point in data.points.values()] + (
        [data.baseline] if data.baseline is not None else []
    )
    span = max(values) - min(values)
    room = max(0.14 * span, (_LEAST_SPAN - span) / 2)
    value_axis(axes, (max(0.0, min(values) - room), max(values) + room))
    _draw(canvas, axes, results, data, area)
    middle, below = area[0] + area[2] / 2, area[1] + _HEIGHT + 24
    canvas.write(middle, below, "median ms per query", SMALL, color=theme.muted, ha="center")
    return canvas.figure


def _chart_text(results: RunResults, data: Tradeoff) -> ChartText:
    measure, markers = results.measures[0], aggregate.joined_markers(results, data.datasets)
    if len(data.datasets) == 1:
        over = f"Measured on {data.datasets[0]}{markers}"
    else:
        over = f"Means over {count_of(len(data.datasets), 'dataset')}{markers}"
    lines = [
        f"{measure} (higher is better) against the time to rerank one query (left is faster, logarithmic).",
        " · ".join(part for part in (over, processor(results.machine), threads_used(results.machine)) if part),
        f"Not drawn, as not measured on all these datasets: {', '.join(data.left_out)}." if data.left_out else "",
    ]
    notes = aggregate.footnotes(results, data.datasets)
    return ChartText(f"{measure} and latency", lines, (), notes)


def _draw(
    canvas: Canvas, axes: Axes, results: RunResults, data: Tradeoff, area: tuple[float, float, float, float]
) -> None:
    """Draw the points and the first stage's line, and label both where nothing else stands."""
    left, top, width, height = area
    times, (low, high) = axes.get_xlim(), axes.get_ylim()

    def across(time: float) -> float:
        return left + width * log_share(time, times)

    def down(value: float) -> float:
        return top + height * (high - value) / (high - low)

    frame = Box(left, top, left + width, top + height)
    centres = {name: (across(point.latency(MEDIAN)), down(point.quality.value)) for name, point in data.points.items()}
    taken = [Box(x - 6, y - 6, x + 6, y + 6) for x, y in centres.values()]
    if data.baseline is not None:
        line = down(data.baseline)
        axes.axhline(data.baseline, color=canvas.theme.reference, linewidth=1.5, linestyle=(0, (4, 2)), zorder=2)
        text = f"{aggregate.first_stage_row(results)} alone"
        taken.append(Box(left, line - 2, left + width, line + 2))
        end = left + width
        box = Box(end - text_width(text, BODY), line - 14, end, line - 3)
        canvas.write(end, line - 8, text, color=canvas.theme.muted, ha="right", bbox=_cover(canvas.theme))
        taken.append(box)
    marks = model_marks(canvas.theme, results.models)
    for model in results.models:
        if model.name not in centres:
            continue
        x, y = centres[model.name]
        label = wrap_depth(model, _LABEL, BODY)
        size = (text_width(label, BODY) + 4, text_height(label, BODY))
        box = place((x, y), size, taken, frame)
        taken.append(box)
        near = (min(max(x, box.left), box.right), min(max(y, box.top), box.bottom))
        if math.dist((x, y), near) > 9:
            canvas.leader([x, near[0]], [y, near[1]])
        canvas.swatch(marks[model.name], x, y, 8.0)
        edge, side = (box.left + box.right) / 2, "center"
        if box.left >= x:
            edge, side = box.left, "left"
        elif box.right <= x:
            edge, side = box.right, "right"
        canvas.write(edge, (box.top + box.bottom) / 2, label, ha=side, bbox=_cover(canvas.theme))


def _cover(theme: Theme) -> dict[str, object]:
    """Return a backing for labels, so that grid lines do not strike them through."""
    return {"facecolor": theme.background, "edgecolor": "none", "pad": 1.0}
