"""The list of charts: a row added here is a chart in ``report.md``, on the page and in ``plots/``."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from bench.report.charts.chart import Chart, ChartKind
from bench.report.charts.cost import describe_cost, predicted_cells
from bench.report.charts.depth import depth_rows, describe_depth
from bench.report.charts.gain import describe_gain, gain_panels
from bench.report.charts.latency import describe_latency, interactive_latency, latency_panels
from bench.report.charts.pareto import describe_pareto, pareto_panels
from bench.report.charts.peers import describe_peers, peers_rows
from bench.report.charts.pictures.cost_picture import draw_cost
from bench.report.charts.pictures.depth_picture import draw_depth
from bench.report.charts.pictures.gain_picture import draw_gain
from bench.report.charts.pictures.latency_picture import draw_latency
from bench.report.charts.pictures.pareto_picture import draw_pareto
from bench.report.charts.pictures.peers_picture import draw_peers
from bench.report.charts.pictures.quality_picture import draw_quality
from bench.report.charts.pictures.tradeoff_picture import draw_tradeoff
from bench.report.charts.quality import describe_quality, interactive_quality, quality_rows
from bench.report.charts.tradeoff import describe_tradeoff, interactive_tradeoff, tradeoff
from bench.results.run_results import RunResults

#: In the order of the report.
CHARTS: tuple[ChartKind[Any], ...] = (
    ChartKind(
        "quality",
        data=quality_rows,
        is_measured=lambda rows: any(row.means for row in rows),
        describe=describe_quality,
        draw=draw_quality,
        interactive=interactive_quality,
    ),
    ChartKind(
        "tradeoff",
        data=tradeoff,
        is_measured=lambda data: bool(data.points),
        describe=describe_tradeoff,
        draw=draw_tradeoff,
        interactive=interactive_tradeoff,
        shows_times=True,
    ),
    ChartKind("pareto", data=pareto_panels, is_measured=bool, describe=describe_pareto, draw=draw_pareto),
    ChartKind("depth", data=depth_rows, is_measured=bool, describe=describe_depth, draw=draw_depth),
    ChartKind(
        "gain",
        data=gain_panels,
        is_measured=lambda panels: len(panels) > 1,
        describe=describe_gain,
        draw=draw_gain,
    ),
    ChartKind(
        "latency",
        data=latency_panels,
        is_measured=bool,
        describe=lambda _, panels: describe_latency(panels),
        draw=draw_latency,
        interactive=interactive_latency,
        shows_times=True,
    ),
    ChartKind(
        "cost",
        data=predicted_cells,
        is_measured=bool,
        describe=lambda _, cells: describe_cost(cells),
        draw=draw_cost,
    ),
    ChartKind("peers", data=peers_rows, is_measured=bool, describe=describe_peers, draw=draw_peers),
)


def charts(results: RunResults, only: Container[str] | None = None) -> dict[str, Chart[Any]]:
    """Return name -> chart, of those that there are measurements for; nothing is drawn.

    Args:
        results: What to show.
        only: The names asked for; all if None.
    """
    found = [kind.chart(results) for kind in CHARTS if only is None or kind.name in only]
    return {chart.name: chart for chart in found if chart.is_measured}
