"""The figure of a chart: title and key at the top, then axes, then notes. All lengths are in points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Affine2D

from bench.report.charts.colours import Mark, Theme
from bench.report.charts.drawing.settings import BODY, MARGIN, SMALL, TITLE, WIDTH
from bench.report.charts.drawing.text_layout import LINE, text_height, text_width, wrap

_INNER = WIDTH - 2 * MARGIN
_SWATCH = 16.0
#: Shape -> factor of its size, so that shapes of different area look alike in size and none hides another.
_SCALE = {"s": 0.9, "D": 0.88, "^": 1.15, "v": 1.15, "P": 1.1, "X": 1.1, "|": 1.5}


@dataclass(frozen=True)
class ChartText:
    """The text around the axes of a chart.

    Attributes:
        title: What is shown.
        subtitle: How to read it, and under which conditions it was measured: a paragraph each, empty ones left out.
        key: Mark and label of each row, for charts that do not label directly.
        notes: Footnotes, their markers included.
    """

    title: str
    subtitle: Sequence[str]
    key: Sequence[tuple[Mark, str]] = ()
    notes: Sequence[str] = ()


class Canvas:
    """A figure with its text, and room for axes between ``top`` and ``top + body``.

    Positions are measured from the top left corner, downwards.

    Args:
        theme: The colours.
        text: The text around the axes.
        body: Height of the room for axes, their tick labels included.
    """

    def __init__(self, theme: Theme, text: ChartText, body: float) -> None:
        self.theme = theme
        title = wrap(text.title, _INNER, TITLE, "bold")
        subtitle = "\n".join(wrap(line, _INNER, BODY) for line in text.subtitle if line)
        key, key_height = _flow(text.key)
        notes = "\n".join(wrap(note, _INNER, SMALL) for note in text.notes)
        subtitle_top = MARGIN + text_height(title, TITLE) + 2
        key_top = subtitle_top + text_height(subtitle, BODY) + 5
        self.top = key_top + (key_height + 6 if key else 3)
        notes_top = self.top + body + 5
        height = notes_top + (text_height(notes, SMALL) if notes else 0) + MARGIN
        self.height = math.ceil(height / 3) * 3.0  # whole pixels at 96 and 192 dpi, or the last row stays transparent
        self.figure = Figure(figsize=(WIDTH / 72, self.height / 72), facecolor=theme.background)
        self.points = Affine2D().scale(1 / 72) + self.figure.dpi_scale_trans
        self.write(MARGIN, MARGIN + text_height(title, TITLE) / 2, title, TITLE, weight="bold")
        self.write(MARGIN, subtitle_top + text_height(subtitle, BODY) / 2, subtitle, color=theme.muted)
        for mark, label, x, y in key:
            self.swatch(mark, x + _SWATCH / 2 - 2, key_top + y)
            self.write(x + _SWATCH, key_top + y, label)
        self.write(MARGIN, notes_top + text_height(notes, SMALL) / 2, notes, SMALL, color=theme.muted)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Add axes with a grid, and without a frame and tick strokes."""
        bounds = (left / WIDTH, 1 - (top + height) / self.height, width / WIDTH, height / self.height)
        axes = self.figure.add_axes(bounds, facecolor="none")
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(which="both", length=0, pad=4, labelsize=SMALL, labelcolor=self.theme.muted)
        axes.grid(which="major", color=self.theme.grid, linewidth=0.6)
        axes.set_axisbelow(True)
        return axes

    def write(self, x: float, y: float, text: str, size: float = BODY, **style: Any) -> None:
        """Write ``text`` with its lines centred on the height ``y``; baselines do not depend on the letters."""
        lines = text.split("\n")
        settings: dict[str, Any] = {"size": size, "color": self.theme.text, "ha": "left", "va": "baseline"} | style
        for number, line in enumerate(lines):
            baseline = y + (number - (len(lines) - 1) / 2) * size * LINE + 0.36 * size
            if line:
                self.figure.text(x, self.height - baseline, line, transform=self.points, **settings)

    def swatch(self, mark: Mark, x: float, y: float, size: float = 6.0) -> None:
        """Draw the point of ``mark`` centred at a position of the canvas."""
        y = self.height - y
        self.figure.add_artist(Line2D([x], [y], transform=self.points, **point_style(mark, self.theme, size)))

    def leader(self, x: Sequence[float], y: Sequence[float]) -> None:
        """Draw a thin line along positions of the canvas, from a point to its label."""
        heights = [self.height - value for value in y]
        self.figure.add_artist(Line2D(x, heights, transform=self.points, color=self.theme.muted, linewidth=0.6))


def point_style(mark: Mark, theme: Theme, size: float = 6.0) -> dict[str, Any]:
    """Return the properties of a Line2D that shows points of ``mark`` without a line."""
    stroke = mark.shape == "|"
    size *= _SCALE.get(mark.shape, 1.0)
    return {
        "color": mark.color,
        "linestyle": "none",
        "marker": mark.shape,
        "markersize": size,
        "markeredgecolor": mark.color if stroke else theme.background,
        "markeredgewidth": 2.2 if stroke else 0.6,
    }


def _flow(key: Sequence[tuple[Mark, str]]) -> tuple[list[tuple[Mark, str, float, float]], float]:
    """Set the key in lines. Return mark, label, x and y of every entry, and the height of all lines."""
    placed, x, y, line = [], MARGIN, 0.0, 0.0
    for mark, text in key:
        label = wrap(text, _INNER - _SWATCH, BODY)
        width, height = _SWATCH + text_width(label, BODY) + 14, text_height(label, BODY) + 2
        if x > MARGIN and x + width - 14 > WIDTH - MARGIN:
            x, y, line = MARGIN, y + line, 0.0
        placed.append((mark, label, x, y + height / 2))
        x, line = x + width, max(line, height)
    return placed, y + line
