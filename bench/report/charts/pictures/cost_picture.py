"""The cost chart drawn: predicted against measured times, and beneath it the difference in percent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.report.charts.colours import Mark, Theme, model_marks
from bench.report.charts.cost import PredictedCell
from bench.report.charts.drawing.axes import label_logarithmic, value_axis, widened
from bench.report.charts.drawing.canvas import Canvas, ChartText, point_style
from bench.report.charts.drawing.settings import MARGIN, SMALL, WIDTH
from bench.report.values.fingerprint import processor
from bench.results.run_results import RunResults
from bench.stats.cost_model import LatencyCell

_LEFT, _HEAD, _AXIS, _BETWEEN = 40.0, 24.0, 28.0, 8.0
_PREDICTED, _RESIDUALS = 210.0, 95.0
#: Least range of the residuals' axis in percent, so that small ones are not blown up.
_LEAST = 5.0


def draw_cost(results: RunResults, cells: Mapping[str, tuple[PredictedCell, ...]], theme: Theme) -> Figure:
    """Draw predicted against measured milliseconds, and below the difference in percent, both by measured time."""
    marks = model_marks(theme, results.models)
    left_out = [name for name in marks if name not in cells]
    lines = [
        "Each point is a setting of length, passages and threads, predicted by a fit to the model's other settings. "
        "Bars are the 5th to the 95th percentile of the measured requests.",
        " · ".join(part for part in ("Times are logarithmic", processor(results.machine)) if part),
        f"Not drawn, as too few settings were measured: {', '.join(left_out)}." if left_out else "",
    ]
    text = ChartText("Predicted and measured latency", lines, [(marks[name], name) for name in cells])
    canvas = Canvas(theme, text, 2 * _HEAD + _PREDICTED + _BETWEEN + _RESIDUALS + _AXIS)
    width, top = WIDTH - _LEFT - MARGIN - 6, canvas.top + _HEAD
    below = top + _PREDICTED + _BETWEEN + _HEAD
    canvas.write(_LEFT, top - 12, "Predicted ms per request; on the dashed line, as measured", weight="bold")
    canvas.write(_LEFT, below - 12, "Predicted less measured, % of measured", weight="bold")
    above, beneath = canvas.axes(_LEFT, top, width, _PREDICTED), canvas.axes(_LEFT, below, width, _RESIDUALS)
    _scale(above, beneath, [point for points in cells.values() for point in points])
    dashed: dict[str, Any] = {"color": theme.reference, "linewidth": 1.2, "linestyle": (0, (4, 2)), "zorder": 2}
    above.plot(above.get_xlim(), above.get_xlim(), **dashed)
    beneath.axhline(0, **dashed)
    for name, points in cells.items():
        _draw(canvas, above, beneath, marks[name], points)
    middle, foot = _LEFT + width / 2, below + _RESIDUALS + 24
    canvas.write(middle, foot, "measured ms per request", SMALL, color=theme.muted, ha="center")
    return canvas.figure


def _residual(cell: LatencyCell, seconds: float) -> float:
    return 100 * (seconds / cell.seconds - 1)


def _scale(above: Axes, beneath: Axes, points: Sequence[PredictedCell]) -> None:
    """Give both axes the same logarithmic times across, the upper one also upwards, and the lower one percent."""
    times = [1000 * time for cell, seconds in points for time in (cell.low, cell.seconds, cell.high, seconds)]
    limits = widened(times, 1.15, 4.0)
    for axes in (above, beneath):
        axes.set_xscale("log")
        axes.set_xlim(*limits)
        label_logarithmic(axes.xaxis, limits)
    above.tick_params(labelbottom=False)
    above.set_yscale("log")
    above.set_ylim(*limits)
    label_logarithmic(above.yaxis, limits)
    percent = [_residual(cell, time) for cell, seconds in points for time in (cell.low, cell.high, seconds)]
    room = 0.08 * (max(percent) - min(percent))
    value_axis(beneath, (min(*percent, -_LEAST) - room, max(*percent, _LEAST) + room), 5, signed=True)


def _draw(canvas: Canvas, above: Axes, beneath: Axes, mark: Mark, points: Sequence[PredictedCell]) -> None:
    """Draw the cells of a model into both axes, each with the bar of its requests."""
    bar: dict[str, Any] = {"color": mark.color, "alpha": 0.35, "linewidth": 2.0, "zorder": 3}
    style = point_style(mark, canvas.theme, 6.0)
    measured = [1000 * cell.seconds for cell, _ in points]
    predicted = [1000 * seconds for _, seconds in points]
    above.hlines(predicted, [1000 * cell.low for cell, _ in points], [1000 * cell.high for cell, _ in points], **bar)
    above.plot(measured, predicted, zorder=4, **style)
    lows, highs = [_residual(cell, cell.low) for cell, _ in points], [_residual(cell, cell.high) for cell, _ in points]
    beneath.vlines(measured, lows, highs, **bar)
    beneath.plot(measured, [_residual(*point) for point in points], zorder=4, **style)
