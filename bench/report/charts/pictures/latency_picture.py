"""The latency chart drawn: a line and a band a model, a panel for every request size and number of threads."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.report.charts.colours import Theme, model_marks
from bench.report.charts.drawing.axes import label_logarithmic, label_measured, log_share, widened
from bench.report.charts.drawing.canvas import Canvas, ChartText, point_style
from bench.report.charts.drawing.settings import BODY, MARGIN, SMALL, WIDTH
from bench.report.charts.drawing.text_layout import spread, text_height, text_width, wrap_depth
from bench.report.charts.latency import LatencyPanel
from bench.report.values.fingerprint import processor
from bench.results.run_results import RunResults

_LEFT, _AXIS, _LABEL = 40.0, 28.0, 140.0
#: Between the axes and the labels of the lines: the leaders.
_LEADERS = 16.0


def draw_latency(results: RunResults, panels: Sequence[LatencyPanel], theme: Theme) -> Figure:
    """Draw the median time per request against tokens per pair, a panel for every request size and thread count."""
    labels = {
        model.name: wrap_depth(model, _LABEL, BODY)
        for model in results.models
        if any(model.name in panel.lines for panel in panels)
    }
    times = [time for panel in panels for time in panel.times]
    several = len(panels) > 1
    height = max(165.0 if several else 230.0, sum(_label_height(label) for label in labels.values()))
    head = 24.0 if several else 4.0
    width = WIDTH - _LEFT - MARGIN - _LEADERS - 14 - max(text_width(label, BODY) for label in labels.values())
    fewest, most = (bound(time.requests for time in times) for bound in (min, max))
    repeats = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
    axes_are = "Logarithmic axes, the same in all panels" if several else "Logarithmic axes"
    lines = [
        f"Milliseconds per request: median of {repeats}, and a band from the 5th to the 95th percentile.",
        " · ".join(
            part for part in (axes_are, processor(results.machine), "" if several else panels[0].setting) if part
        ),
    ]
    text = ChartText("Latency by length", lines)
    canvas = Canvas(theme, text, len(panels) * (height + head) + _AXIS)
    limits = widened([end for time in times for end in (time.low, time.high)], 1.12, 4.0)
    tokens = sorted({time.tokens for time in times})
    for number, panel in enumerate(panels):
        top = canvas.top + number * (height + head) + head
        axes = canvas.axes(_LEFT, top, width, height)
        if several:
            canvas.write(_LEFT, top - 12, panel.setting, weight="bold")
        _scale(axes, tokens, limits, width)
        axes.tick_params(labelbottom=number == len(panels) - 1)
        _lines(canvas, axes, results, panel, labels, (_LEFT, top, width, height))
    below = canvas.top + len(panels) * (height + head) + 24
    canvas.write(_LEFT + width / 2, below, "tokens per pair", SMALL, color=theme.muted, ha="center")
    return canvas.figure


def _label_height(label: str) -> float:
    return text_height(label, BODY) + 3


def _scale(axes: Axes, tokens: Sequence[int], limits: tuple[float, float], width: float) -> None:
    """Make both axes logarithmic, with a tick at every measured length and its number where there is room."""
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_ylim(*limits)
    label_logarithmic(axes.yaxis, limits)
    across = widened(tokens, 1.05, 2.0)
    axes.set_xlim(*across)
    label_measured(axes.xaxis, tokens, across, width)


def _lines(
    canvas: Canvas,
    axes: Axes,
    results: RunResults,
    panel: LatencyPanel,
    labels: dict[str, str],
    area: tuple[float, float, float, float],
) -> None:
    """Draw every model's line and band, and its label to the right of the axes, joined by a leader."""
    left, top, width, height = area
    ends = {}
    for name, mark in model_marks(canvas.theme, results.models).items():
        line = panel.lines.get(name)
        if line is None:
            continue
        x, y = [time.tokens for time in line], [time.median for time in line]
        lows, highs = [time.low for time in line], [time.high for time in line]
        axes.fill_between(x, lows, highs, color=mark.color, alpha=0.2, linewidth=0, zorder=2)
        axes.plot(x, y, color=mark.color, linestyle=mark.dashes, linewidth=1.6, zorder=3)
        axes.plot(x, y, zorder=4, **point_style(mark, canvas.theme, 6.0))
        across = left + width * log_share(x[-1], axes.get_xlim())
        ends[name] = (mark, across, top + height * (1 - log_share(y[-1], axes.get_ylim())))
    heights = [_label_height(labels[name]) for name in ends]
    centres = spread([down for _, _, down in ends.values()], heights, top, top + height)
    column = left + width + _LEADERS
    for (name, (mark, across, down)), centre in zip(ends.items(), centres, strict=True):
        canvas.leader([across, max(across + 4, left + width), column], [down, down, centre])
        canvas.swatch(mark, column + 3, centre, 5.5)
        canvas.write(column + 10, centre, labels[name])
