"""A chart: its data, the same in words, its picture, and for some charts what the page draws itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bench.report.charts.colours import THEMES, Theme
from bench.report.charts.interactive import Interactive
from bench.results.run_results import RunResults

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Data = TypeVar("Data")

#: Ending -> what else is asked of matplotlib; PNGs have twice the resolution at which a README shows them.
_SETTINGS: dict[str, dict[str, Any]] = {"svg": {}, "png": {"dpi": 192}}
#: Ending -> what it would say of the time and of matplotlib's version.
_NO_TRACES: dict[str, dict[str, None]] = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


@dataclass(frozen=True)
class ChartKind(Generic[Data]):
    """A kind of chart: a row of the list of charts.

    Attributes:
        name: File name without theme and ending.
        data: Computes what the chart shows of a run; words, picture and page all use that.
        is_measured: Whether there is anything to show.
        describe: Returns the chart in words.
        draw: Makes the picture in a theme.
        interactive: Returns what the page draws itself, of its own run and perhaps another; None for a chart that
            stands on the page as a picture.
        shows_times: Whether ``interactive`` shows times. Those of two machines are not shown together.
    """

    name: str
    data: Callable[[RunResults], Data]
    is_measured: Callable[[Data], bool]
    describe: Callable[[RunResults, Data], str]
    draw: Callable[[RunResults, Data, Theme], Figure]
    interactive: Callable[[Sequence[Chart[Data]]], Interactive] | None = None
    shows_times: bool = False

    def chart(self, results: RunResults) -> Chart[Data]:
        """Return the chart of a run, which may have nothing to show."""
        return Chart(self, results, self.data(results))


@dataclass(frozen=True, eq=False)
class Chart(Generic[Data]):
    """The chart of a run.

    Attributes:
        kind: The row of the list of charts.
        results: The run.
        data: What it shows.
    """

    kind: ChartKind[Data]
    results: RunResults
    data: Data

    @property
    def name(self) -> str:
        """File name without theme and ending."""
        return self.kind.name

    @property
    def is_measured(self) -> bool:
        """Whether there is anything to show."""
        return self.kind.is_measured(self.data)

    @cached_property
    def alt(self) -> str:
        """What it shows, for those who do not see it."""
        return self.kind.describe(self.results, self.data)

    def draw(self, theme: Theme) -> Figure:
        """Make the picture in a theme; to be called within ``bench.report.charts.drawing.settings.drawing``."""
        return self.kind.draw(self.results, self.data, theme)


def save(
    chart: Chart[Any], directory: Path, endings: Sequence[str] = ("svg",), themes: Sequence[Theme] = THEMES
) -> list[Path]:
    """Write the chart into ``directory``, the same bytes for the same results.

    Args:
        chart: What to draw.
        directory: A folder that exists.
        endings: ``svg``, ``png`` or both.
        themes: The colours to draw it in, each a file of its own.

    Returns:
        The paths written: ``<name>-<theme>.<ending>``, by theme.
    """
    from bench.report.charts.drawing.settings import drawing

    paths = []
    with drawing():
        for theme in themes:
            figure = chart.draw(theme)
            for ending in endings:
                path = directory / f"{chart.name}-{theme.name}.{ending}"
                figure.savefig(path, **_SETTINGS[ending], metadata={**_NO_TRACES[ending], "Title": chart.alt})
                paths.append(path)
    return paths
