"""What the page draws itself, so that a reader can point at a value: rows of means, and lines over two axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Dot:
    """A mean in a row.

    Attributes:
        run: Which of the runs, counted from 0.
        label: Row label of the model or the first stage.
        value: The mean.
        low: Lower end of its interval, or None.
        high: Upper end of its interval, or None.
    """

    run: int
    label: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class DotRow:
    """A row of a dot chart.

    Attributes:
        label: What is written beside it.
        detail: What is written beneath the label.
        apart: Whether it is set apart, as the average is.
        points: The means in it, of all runs.
    """

    label: str
    detail: str
    apart: bool
    points: tuple[Dot, ...]


@dataclass(frozen=True)
class DotChart:
    """Means of a measure, a row a dataset.

    Attributes:
        measure: Which.
        rows: From the top.
    """

    measure: str
    rows: tuple[DotRow, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(row.points for row in self.rows)


@dataclass(frozen=True)
class PlotAxis:
    """An axis.

    Attributes:
        label: What is written beside it.
        kind: ``ms``, ``score`` or ``count``: how its numbers are written.
        log: Whether it is logarithmic.
    """

    label: str
    kind: str
    log: bool


@dataclass(frozen=True)
class PlotPoint:
    """A point of a line.

    Attributes:
        name: What tells it from the others of the line.
        x: Across.
        y: Upwards.
        low: Lower end of the range of ``y``, or None.
        high: Upper end of that range, or None.
    """

    name: str
    x: float
    y: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class PlotLine:
    """The points of a model in a run, from the left."""

    run: int
    label: str
    points: tuple[PlotPoint, ...]


@dataclass(frozen=True)
class PlotLevel:
    """A value without a place across, such as that of the first stage, which takes no time."""

    run: int
    label: str
    y: float


@dataclass(frozen=True)
class PlotView:
    """What is seen at once.

    Attributes:
        choices: What is chosen -> the choice that shows this view.
        lines: The lines of all runs.
        levels: What is drawn across the whole width.
        note: Marker of a footnote, or empty.
    """

    choices: dict[str, str]
    lines: tuple[PlotLine, ...]
    levels: tuple[PlotLevel, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Plot:
    """Points and lines over two axes, one view at a time."""

    x: PlotAxis
    y: PlotAxis
    views: tuple[PlotView, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.views


Interactive: TypeAlias = DotChart | Plot
