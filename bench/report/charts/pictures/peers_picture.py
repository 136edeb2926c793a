"""The chart of systems side by side drawn: a group a workload, in it one point a system with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.report.charts.colours import Mark, Theme, marks_of
from bench.report.charts.drawing.axes import label_logarithmic, widened
from bench.report.charts.drawing.canvas import Canvas, ChartText, point_style
from bench.report.charts.drawing.settings import BODY, MARGIN, SMALL, WIDTH
from bench.report.charts.drawing.text_layout import text_height, text_width, wrap
from bench.report.values.compared_systems import ComparedSystem, WorkloadComparison, base_label
from bench.report.values.fingerprint import instruction_sets, processor, threads_used
from bench.report.values.text import ratio
from bench.results.run_results import RunResults

_AXIS, _LABEL, _PITCH = 28.0, 150.0, 11.0


def draw_peers(results: RunResults, rows: Sequence[WorkloadComparison], theme: Theme) -> Figure:
    """Draw every system's time as a multiple of the first system's, a group a workload and model."""
    shown = [[system for system in row.systems if not system.left_out] for row in rows]
    marks = marks_of(theme, dict.fromkeys(system.label for systems in shown for system in systems))
    several = len({row.model for row in rows}) > 1
    labels = [wrap(row.workload, _LABEL, BODY, "bold") for row in rows]
    details = [wrap(row.model, _LABEL, SMALL) if several else "" for row in rows]
    heights = [
        max(text_height(label, BODY) + text_height(detail, SMALL) + 5, _PITCH * len(systems) + 8)
        for label, detail, systems in zip(labels, details, shown, strict=True)
    ]
    canvas = Canvas(theme, _chart_text(results, rows, marks), sum(heights) + _AXIS)
    widths = [
        max(text_width(label, BODY, "bold"), text_width(detail, SMALL))
        for label, detail in zip(labels, details, strict=True)
    ]
    left = MARGIN + max(widths) + 12
    axes = canvas.axes(left, canvas.top, WIDTH - left - MARGIN - 4, sum(heights))
    axes.set_ylim(sum(heights), 0)
    axes.set_yticks([])
    _scale(axes, [system for systems in shown for system in systems])
    axes.axvline(1, color=theme.reference, linewidth=1.4, linestyle=(0, (4, 2)), zorder=2)
    top = 0.0
    for label, detail, systems, height in zip(labels, details, shown, heights, strict=True):
        if top:
            axes.axhline(top, color=theme.grid, linewidth=0.6)
        name, below = text_height(label, BODY), text_height(detail, SMALL) if detail else 0.0
        first = canvas.top + top + (height - name - below) / 2
        canvas.write(left - 12, first + name / 2, label, weight="bold", ha="right")
        canvas.write(left - 12, first + name + below / 2, detail, SMALL, color=theme.muted, ha="right")
        start = top + (height - _PITCH * (len(systems) - 1)) / 2
        for number, system in enumerate(systems):
            _point(axes, system, marks[system.label], theme, start + number * _PITCH)
        top += height
    foot = canvas.top + sum(heights) + 24
    middle = left + (WIDTH - left - MARGIN) / 2
    what = wrap(f"times as long as {base_label(results)}", WIDTH - left - MARGIN, SMALL)
    canvas.write(middle, foot, what, SMALL, color=theme.muted, ha="center")
    return canvas.figure


def _chart_text(results: RunResults, rows: Sequence[WorkloadComparison], marks: dict[str, Mark]) -> ChartText:
    one_model = "" if len({row.model for row in rows}) > 1 else rows[0].model
    machine = results.machine
    where = (one_model, processor(machine), instruction_sets(machine), threads_used(machine))
    lines = [
        f"Time of a request over that of {base_label(results)} in the same round: median, and a bar for its 95 % "
        "interval. Further right is slower; the axis is logarithmic.",
        " · ".join(part for part in where if part),
    ]
    return ChartText("Systems side by side", lines, [(mark, label) for label, mark in marks.items()])


def _scale(axes: Axes, systems: Sequence[ComparedSystem]) -> None:
    """Make the axis logarithmic and leave the outermost points room for their numbers."""
    ends = [1.0, *(system.ratio for system in systems if system.ratio > 0)]
    ends += [end for system in systems if system.interval for end in (system.interval.low, system.interval.high)]
    low, high = widened(ends, 1.12, 2.0)
    limits = low, high * (high / low) ** 0.1
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    label_logarithmic(axes.xaxis, limits)


def _point(axes: Axes, system: ComparedSystem, mark: Mark, theme: Theme, y: float) -> None:
    number: dict[str, Any] = {
        "textcoords": "offset points",
        "size": SMALL,
        "color": theme.muted,
        "va": "center_baseline",
    }
    if not system.ratio > 0:
        axes.annotate("could not", (1, y), (6, 0), **number)
        axes.plot([axes.get_xlim()[0]], [y], zorder=4, clip_on=False, **point_style(mark, theme, 6.0))
        return
    end = system.ratio
    if system.interval is not None:
        end = max(end, system.interval.high)
        axes.hlines(y, system.interval.low, system.interval.high, color=mark.color, linewidth=1.6, zorder=3)
    axes.plot([system.ratio], [y], zorder=4, **point_style(mark, theme, 6.0))
    axes.annotate(ratio(system.ratio), (end, y), (6, 0), **number)
