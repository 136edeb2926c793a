"""The list of charts: which a report has, what they show in words, and their files: SVG and PNG, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from bench.report.charts.colours import THEMES, Theme
from bench.report.charts.cost import cost_chart, cost_points, describe_costs
from bench.report.charts.depth import depth_chart, depth_rows, describe_depths
from bench.report.charts.drawing.settings import drawing
from bench.report.charts.gain import describe_gains, gain_chart, gain_panels
from bench.report.charts.latency import describe_latency, latency_chart
from bench.report.charts.pareto import describe_front, pareto_chart, pareto_panels
from bench.report.charts.quality import describe_quality, quality_chart
from bench.report.charts.tradeoff import describe_tradeoff, tradeoff, tradeoff_chart
from bench.report.values import aggregate
from bench.results.run_results import RunResults

#: Ending -> what else is asked of matplotlib; PNGs have twice the resolution at which a README shows them.
_SETTINGS: dict[str, dict[str, Any]] = {"svg": {}, "png": {"dpi": 192}}
#: Ending -> what it would say of the time and of matplotlib's version.
_NO_TRACES: dict[str, dict[str, None]] = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


@dataclass(frozen=True)
class Chart:
    """A chart and its description.

    Attributes:
        name: File name without theme and ending.
        alt: What it shows, for those who do not see it.
        draw: Makes the figure in a theme.
    """

    name: str
    alt: str
    draw: Callable[[Theme], Figure]


@dataclass(frozen=True)
class ChartKind:
    """A row of the list.

    Attributes:
        name: File name without theme and ending.
        is_measured: Whether a run has anything to show.
        describe: Returns the chart in words.
        draw: Makes the figure in a theme.
    """

    name: str
    is_measured: Callable[[RunResults], bool]
    describe: Callable[[RunResults], str]
    draw: Callable[[RunResults, Theme], Figure]


#: In the order of the report.
CHARTS = (
    ChartKind(
        "quality",
        lambda results: not aggregate.mean_quality(results, results.measures[0]).isna().all(axis=None),
        describe_quality,
        quality_chart,
    ),
    ChartKind("tradeoff", lambda results: bool(tradeoff(results).points), describe_tradeoff, tradeoff_chart),
    ChartKind("pareto", lambda results: bool(pareto_panels(results)), describe_front, pareto_chart),
    ChartKind("depth", lambda results: bool(depth_rows(results)), describe_depths, depth_chart),
    ChartKind("gain", lambda results: len(gain_panels(results)) > 1, describe_gains, gain_chart),
    ChartKind("latency", lambda results: not aggregate.request_latency(results).empty, describe_latency, latency_chart),
    ChartKind("cost", lambda results: bool(cost_points(results)), describe_costs, cost_chart),
)


def charts(results: RunResults, only: Container[str] | None = None) -> dict[str, Chart]:
    """Return name -> chart, of those that there are measurements for; nothing is drawn.

    Args:
        results: What to show.
        only: The names asked for; all if None.
    """
    kinds = [kind for kind in CHARTS if (only is None or kind.name in only) and kind.is_measured(results)]
    return {kind.name: Chart(kind.name, kind.describe(results), partial(kind.draw, results)) for kind in kinds}


def save(
    chart: Chart, directory: Path, endings: Sequence[str] = ("svg",), themes: Sequence[Theme] = THEMES
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
    paths = []
    with drawing():
        for theme in themes:
            figure = chart.draw(theme)
            for ending in endings:
                path = directory / f"{chart.name}-{theme.name}.{ending}"
                figure.savefig(path, **_SETTINGS[ending], metadata={**_NO_TRACES[ending], "Title": chart.alt})
                paths.append(path)
    return paths
