"""Which charts a report has, what they show in words, and their files: SVG and PNG, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from bench.report import aggregate
from bench.report.cost_chart import cost_chart, cost_points, describe_costs
from bench.report.depth_chart import depth_chart, depth_rows, describe_depths
from bench.report.gain_chart import describe_gains, gain_chart, gain_panels
from bench.report.length_chart import describe_lengths, length_chart
from bench.report.pareto_chart import describe_front, pareto_chart, pareto_panels
from bench.report.quality_chart import describe_quality, quality_chart
from bench.report.style import THEMES, Theme, drawing
from bench.report.tradeoff_chart import describe_tradeoff, tradeoff, tradeoff_chart
from bench.results import RunResults

#: Twice the resolution at which a README shows the charts.
_DPI = 192


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


def charts(results: RunResults) -> dict[str, Chart]:
    """Return name -> chart, of those that there are measurements for."""
    found = []
    if not aggregate.mean_quality(results, results.measures[0]).isna().all(axis=None):
        found.append(Chart("quality", describe_quality(results), quality_chart))
    if tradeoff(results).points:
        found.append(Chart("tradeoff", describe_tradeoff(results), tradeoff_chart))
    if pareto_panels(results):
        found.append(Chart("pareto", describe_front(results), pareto_chart))
    if depth_rows(results):
        found.append(Chart("depth", describe_depths(results), depth_chart))
    if len(gain_panels(results)) > 1:
        found.append(Chart("gain", describe_gains(results), gain_chart))
    if not aggregate.request_latency(results).empty:
        found.append(Chart("latency", describe_lengths(results), length_chart))
    if cost_points(results):
        found.append(Chart("cost", describe_costs(results), cost_chart))
    return {chart.name: chart for chart in found}


def save(chart: Chart, results: RunResults, directory: Path) -> list[Path]:
    """Write the chart's four files into ``directory``, the same bytes for the same results.

    Returns:
        The paths written: ``<name>-<theme>.svg`` and ``.png`` for the light and the dark theme.
    """
    paths = []
    with drawing():
        for theme in THEMES:
            figure = chart.draw(results, theme)
            svg, png = (directory / f"{chart.name}-{theme.name}.{ending}" for ending in ("svg", "png"))
            figure.savefig(svg, metadata={"Date": None, "Creator": None, "Title": chart.alt})
            figure.savefig(png, dpi=_DPI, metadata={"Software": None, "Title": chart.alt})
            paths += [svg, png]
    return paths
