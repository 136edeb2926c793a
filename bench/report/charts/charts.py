"""Which charts a report has, what they show in words, and their files: SVG and PNG, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from bench.report.charts.cost import cost_chart, cost_points, describe_costs
from bench.report.charts.depth import depth_chart, depth_rows, describe_depths
from bench.report.charts.drawing.style import THEMES, Theme, drawing
from bench.report.charts.gain import describe_gains, gain_chart, gain_panels
from bench.report.charts.length import describe_lengths, length_chart
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
    draw: Callable[[RunResults, Theme], Figure]


@dataclass(frozen=True)
class _Row:
    """A chart that a report may have: whether there is anything to show, that in words, and its drawing."""

    name: str
    is_measured: Callable[[RunResults], bool]
    describe: Callable[[RunResults], str]
    draw: Callable[[RunResults, Theme], Figure]


_ROWS = (
    _Row(
        "quality",
        lambda of: not aggregate.mean_quality(of, of.measures[0]).isna().all(axis=None),
        describe_quality,
        quality_chart,
    ),
    _Row("tradeoff", lambda of: bool(tradeoff(of).points), describe_tradeoff, tradeoff_chart),
    _Row("pareto", lambda of: bool(pareto_panels(of)), describe_front, pareto_chart),
    _Row("depth", lambda of: bool(depth_rows(of)), describe_depths, depth_chart),
    _Row("gain", lambda of: len(gain_panels(of)) > 1, describe_gains, gain_chart),
    _Row("latency", lambda of: not aggregate.request_latency(of).empty, describe_lengths, length_chart),
    _Row("cost", lambda of: bool(cost_points(of)), describe_costs, cost_chart),
)


def charts(results: RunResults, only: Container[str] | None = None) -> dict[str, Chart]:
    """Return name -> chart, of those that there are measurements for; nothing is drawn.

    Args:
        results: What to show.
        only: The names asked for; all if None.
    """
    rows = [row for row in _ROWS if (only is None or row.name in only) and row.is_measured(results)]
    return {row.name: Chart(row.name, row.describe(results), row.draw) for row in rows}


def save(chart: Chart, results: RunResults, directory: Path, endings: Sequence[str] = ("svg", "png")) -> list[Path]:
    """Write the chart into ``directory`` for the light and the dark theme, the same bytes for the same results.

    Returns:
        The paths written: ``<name>-<theme>.<ending>``, by theme.
    """
    paths = []
    with drawing():
        for theme in THEMES:
            figure = chart.draw(results, theme)
            for ending in endings:
                path = directory / f"{chart.name}-{theme.name}.{ending}"
                figure.savefig(path, **_SETTINGS[ending], metadata={**_NO_TRACES[ending], "Title": chart.alt})
                paths.append(path)
    return paths
