"""The quality chart drawn: one row a dataset, one point a model, each with a stem from its first stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.report.charts.colours import Mark, Theme, model_marks, reference_mark
from bench.report.charts.drawing.axes import round_ticks, tick_labels
from bench.report.charts.drawing.canvas import Canvas, ChartText, point_style
from bench.report.charts.drawing.settings import BODY, MARGIN, SMALL, WIDTH
from bench.report.charts.drawing.text_layout import text_height, text_width, wrap
from bench.report.charts.quality import QualityRow
from bench.report.values import aggregate
from bench.report.values.text import score
from bench.results.run_results import RunResults

_AXIS = 18.0
_LABEL = 150.0
#: Up to so many points, each has its number beside it.
_NUMBERED = 24


@dataclass(frozen=True)
class _Group:
    """One row as it is drawn: its label wrapped, and whether its points have their numbers."""

    row: QualityRow
    label: str
    numbered: bool

    @property
    def pitch(self) -> float:
        """Distance between the points of two models."""
        return 10.5 if self.numbered else 5.6

    def height(self, points: int) -> float:
        """Return the room for so many points, and for the label."""
        text = text_height(self.label, BODY) + (text_height(self.row.detail, SMALL) if self.row.detail else 0)
        return max(text + 5, self.pitch * points + 7)


def draw_quality(results: RunResults, rows: Sequence[QualityRow], theme: Theme) -> Figure:
    """Draw the primary measure per dataset and model beside the first stage, and the average."""
    first_stage = aggregate.first_stage_row(results)
    marks = model_marks(theme, results.models)
    groups = _groups(results, rows)
    lines = max(1, len(marks) + (first_stage is not None and any(group.numbered for group in groups)))
    heights = [group.height(lines if group.numbered else max(1, len(marks))) for group in groups]

    key = [(reference_mark(theme), first_stage)] if first_stage else []
    key += [(mark, name) for name, mark in marks.items()]
    subtitle = "Mean over queries; higher is better."
    subtitle += " Stems start at the first stage (grey)." if marks and first_stage else ""
    notes = aggregate.footnotes(results, results.datasets)
    text = ChartText(f"{results.measures[0]} by dataset", [subtitle], key, notes)
    canvas = Canvas(theme, text, sum(heights) + _AXIS)
    widths = [max(text_width(group.label, BODY, "bold"), text_width(group.row.detail, SMALL)) for group in groups]
    left = MARGIN + max(widths, default=0.0) + 12
    axes = canvas.axes(left, canvas.top, WIDTH - left - MARGIN - 4, sum(heights))
    axes.set_ylim(sum(heights), 0)
    axes.set_yticks([])
    _scale(axes, rows, WIDTH - left)
    top = 0.0
    for group, height in zip(groups, heights, strict=True):
        if group.row.is_average:
            axes.axhspan(top, top + height, color=theme.band, zorder=0)
        elif top:
            axes.axhline(top, color=theme.grid, linewidth=0.6)
        _label(canvas, group, left - 12, canvas.top + top + height / 2)
        _points(axes, group, first_stage, marks, theme, top, height)
        top += height
    return canvas.figure


def _groups(results: RunResults, rows: Sequence[QualityRow]) -> list[_Group]:
    few = sum(len(row.means) for row in rows if not row.is_average) <= _NUMBERED
    return [
        _Group(
            row,
            wrap(row.label + aggregate.joined_markers(results, row.datasets), _LABEL, BODY, "bold"),
            numbered=few or row.is_average,
        )
        for row in rows
    ]


def _scale(axes: Axes, rows: Sequence[QualityRow], width: float) -> None:
    """Start at 0, so that gains are seen in proportion, and leave the outermost points room for their numbers."""
    high = max(mean.value for row in rows for mean in row.means.values())
    end = (high or 1.0) * (1 + 40 / (width - 80))
    axes.set_xlim(0, end)
    ticks = [tick for tick in round_ticks(0, end, 8) if tick <= max(high, 1.0)]
    axes.set_xticks(ticks, tick_labels(ticks))


def _label(canvas: Canvas, group: _Group, right: float, middle: float) -> None:
    name, detail = text_height(group.label, BODY), text_height(group.row.detail, SMALL) if group.row.detail else 0.0
    top = middle - (name + detail) / 2
    canvas.write(right, top + name / 2, group.label, weight="bold", ha="right")
    canvas.write(right, top + name + detail / 2, group.row.detail, SMALL, color=canvas.theme.muted, ha="right")


def _points(
    axes: Axes,
    group: _Group,
    first_stage: str | None,
    marks: dict[str, Mark],
    theme: Theme,
    top: float,
    height: float,
) -> None:
    """Draw the first stage as a stroke through the group, and every model on a line of its own."""
    values = {label: mean.value for label, mean in group.row.means.items()}
    start = values.get(first_stage or "")
    if not values:
        axes.annotate("not measured", (0, top + height / 2), (4, 0), **_number_style(theme, "left"))
        return
    lines = len(marks) + (start is not None and group.numbered)
    y = top + (height - group.pitch * (lines - 1)) / 2
    if start is not None:
        axes.plot([start, start], [top + 4, top + height - 4], color=theme.reference, linewidth=2.2, zorder=2)
        if group.numbered:
            axes.annotate(score(start), (start, y), (5, 0), **_number_style(theme, "left"))
            y += group.pitch
    for name, mark in marks.items():
        value = values.get(name)
        if value is not None:
            if start is not None:
                axes.plot([start, value], [y, y], color=mark.color, linewidth=1.6, zorder=3)
            axes.plot([value], [y], zorder=4, clip_on=False, **point_style(mark, theme, 6.5 if group.numbered else 5.5))
            if group.numbered:
                # On the side away from the stem, unless that is off the chart.
                if start is not None and value < start and value > 0.1 * axes.get_xlim()[1]:
                    axes.annotate(score(value), (value, y), (-6, 0), **_number_style(theme, "right"))
                else:
                    end = value if start is None else max(value, start)
                    axes.annotate(score(value), (end, y), (6, 0), **_number_style(theme, "left"))
        y += group.pitch


def _number_style(theme: Theme, side: str) -> dict[str, Any]:
    return {
        "textcoords": "offset points",
        "size": SMALL,
        "color": theme.muted,
        "ha": side,
        "va": "center_baseline",
    }
