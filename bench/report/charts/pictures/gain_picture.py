"""The gain chart drawn: a panel a dataset, all on the same axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from bench.report.charts.colours import Theme, model_marks
from bench.report.charts.drawing.axes import label_logarithmic, value_axis, widened
from bench.report.charts.drawing.canvas import Canvas, ChartText, point_style
from bench.report.charts.drawing.settings import BODY, MARGIN, SMALL, WIDTH
from bench.report.charts.drawing.text_layout import text_height, wrap
from bench.report.charts.gain import GainPanel
from bench.report.values import aggregate
from bench.report.values.fingerprint import processor, threads_used
from bench.report.values.text import score
from bench.results.run_results import RunResults

_LEFT, _HEIGHT, _AXIS, _GAP, _COLUMNS = 40.0, 92.0, 28.0, 14.0, 4


def draw_gain(results: RunResults, panels: Sequence[GainPanel], theme: Theme) -> Figure:
    """Draw the gain in the primary measure against the median time per query, a panel a dataset on shared axes."""
    markers = aggregate.note_markers(results)
    columns = min(len(panels), _COLUMNS)
    width = (WIDTH - _LEFT - MARGIN - _GAP * (columns - 1)) / columns
    heads = [
        (
            wrap(panel.dataset + markers.get(panel.dataset, ""), width, BODY, "bold"),
            wrap(f"{results.first_stage[panel.dataset]} {score(panel.baseline)}", width, SMALL),
        )
        for panel in panels
    ]
    head = 5 + max(text_height(title, BODY) + text_height(detail, SMALL) for title, detail in heads)
    rows, row_height = math.ceil(len(panels) / columns), head + _HEIGHT + 10
    canvas = Canvas(theme, _chart_text(results, panels, theme), rows * row_height + _AXIS - 10)
    times = widened([time for panel in panels for time, _ in panel.points.values()], 1.5, 6.0)
    low, high = (bound([0.0, *(gain for panel in panels for gain in panel.gains.values())]) for bound in (min, max))
    room = max(0.12 * (high - low), 0.005)
    for number, (panel, (title, detail)) in enumerate(zip(panels, heads, strict=True)):
        row, column = divmod(number, columns)
        left, top = _LEFT + column * (width + _GAP), canvas.top + row * row_height
        below = top + text_height(title, BODY)
        canvas.write(left, (top + below) / 2, title, weight="bold")
        canvas.write(left, below + text_height(detail, SMALL) / 2, detail, SMALL, color=theme.muted)
        axes = canvas.axes(left, top + head, width, _HEIGHT)
        axes.set_xscale("log")
        axes.set_xlim(*times)
        label_logarithmic(axes.xaxis, times)
        value_axis(axes, (low - room, high + room), 4, signed=True)
        axes.tick_params(labelleft=column == 0, labelbottom=number + columns >= len(panels))
        axes.axhline(0, color=theme.reference, linewidth=1.4, linestyle=(0, (4, 2)), zorder=2)
        for name, mark in model_marks(theme, results.models).items():
            if name in panel.points:
                style = point_style(mark, theme, 7.0)
                axes.plot([panel.points[name][0]], [panel.gains[name]], zorder=4, **style)
    middle, bottom = (_LEFT + WIDTH - MARGIN) / 2, canvas.top + rows * row_height - 10 + 24
    canvas.write(middle, bottom, "median ms per query", SMALL, color=theme.muted, ha="center")
    return canvas.figure


def _chart_text(results: RunResults, panels: Sequence[GainPanel], theme: Theme) -> ChartText:
    drawn = {name for panel in panels for name in panel.points}
    where = (processor(results.machine), threads_used(results.machine))
    lines = [
        f"Gain in {results.measures[0]} over the first stage (dashed) against the time to rerank one query "
        "(logarithmic).",
        " · ".join(part for part in ("All panels have the same axes", *where) if part),
    ]
    return ChartText(
        "Gain and latency by dataset",
        lines,
        [(mark, name) for name, mark in model_marks(theme, results.models).items() if name in drawn],
        aggregate.footnotes(results, [panel.dataset for panel in panels]),
    )
