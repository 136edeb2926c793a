"""The colours of every chart, and the mark of each model, in which colour is never the only difference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench.results.run_results import ModelInfo

_SHAPES = ("o", "s", "^", "D", "v", "P", "X")
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.2, 1.2, 1.2)))


@dataclass(frozen=True)
class Theme:
    """The colours of a theme.

    The series are told apart by people with protanopia, deuteranopia and tritanopia, and each contrasts with the
    background by 3:1 or more, as WCAG 2.2 asks of graphics (text colours by 4.5:1).

    Attributes:
        name: ``light`` or ``dark``, the end of the file names.
        background: GitHub's page colour.
        text: Titles and labels.
        muted: Secondary text and axis ticks.
        grid: Rules and grid lines.
        band: Behind what is set apart, such as the average.
        reference: The first stage.
        series: The models, in order.
    """

    name: str
    background: str
    text: str
    muted: str
    grid: str
    band: str
    reference: str
    series: tuple[str, ...]


LIGHT = Theme(
    name="light",
    background="#ffffff",
    text="#1f2328",
    muted="#59636e",
    grid="#d1d9e0",
    band="#f3f5f8",
    reference="#6e7781",
    series=("#2f55e0", "#d95f02", "#009c5f", "#b068c8", "#7f370d", "#40007d"),
)
DARK = Theme(
    name="dark",
    background="#0d1117",
    text="#f0f6fc",
    muted="#9198a1",
    grid="#30363d",
    band="#161b22",
    reference="#8b949e",
    series=("#5dcce7", "#ea9c18", "#429966", "#c468d8", "#edf060", "#cc5520"),
)
THEMES = (LIGHT, DARK)


@dataclass(frozen=True)
class Mark:
    """What stands for one row: colour, shape of its points, dash pattern of its line."""

    color: str
    shape: str
    dashes: Any


def model_marks(theme: Theme, models: Iterable[ModelInfo]) -> dict[str, Mark]:
    """Return model -> its mark, by its place in the experiment; 42 models differ in colour, shape or both."""
    return marks_of(theme, (model.name for model in models))


def marks_of(theme: Theme, labels: Iterable[str]) -> dict[str, Mark]:
    """Return label -> its mark, by its place."""
    return {label: _mark(theme, index) for index, label in enumerate(labels)}


def _mark(theme: Theme, index: int) -> Mark:
    return Mark(theme.series[index % len(theme.series)], _SHAPES[index % len(_SHAPES)], _DASHES[index % len(_DASHES)])


def reference_mark(theme: Theme) -> Mark:
    """Return the mark of the first stage: a neutral grey stroke."""
    return Mark(theme.reference, "|", (0, (4, 2)))
