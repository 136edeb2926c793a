"""The charts that the page draws itself, as plain JSON values: nothing is computed here, and nothing in the browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from bench.report.charts.chart import Chart
from bench.report.charts.chart_list import CHARTS
from bench.report.charts.interactive import Dot, DotChart, Plot, PlotLevel, PlotLine
from bench.report.page.shown_runs import PageRuns
from bench.report.values import aggregate

Json = dict[str, Any]


def chart_data(runs: PageRuns, charts: Mapping[str, Chart[Any]]) -> Json:
    """Return the series (first stage, then models) and the charts that have anything to draw.

    Args:
        runs: The runs that the page shows.
        charts: The charts of the page's own run, by name.
    """
    drawn = {}
    for kind in CHARTS:
        if kind.interactive is None:
            continue
        own = charts.get(kind.name) or kind.chart(runs.own)
        together = runs.times_comparable or not kind.shows_times
        found = kind.interactive([own, *(kind.chart(other) for other in runs.all[1:] if together)])
        if not found.is_empty:
            drawn[kind.name] = _dot_chart(runs, found) if isinstance(found, DotChart) else _plot(runs, found)
    return {
        "measure": runs.own.measures[0],
        "runs": list(runs.labels),
        "first_stage": next(filter(None, map(aggregate.first_stage_row, runs.all)), None),
        "models": list(runs.models),
        "charts": drawn,
    }


def rounded(value: Any) -> float:
    """Return ``value`` with six significant digits: more than a chart can show, and less to carry."""
    return float(f"{float(value):.6g}")


def _dot_chart(runs: PageRuns, chart: DotChart) -> Json:
    rows = [
        {"label": row.label, "detail": row.detail, "apart": row.apart, "points": _series(runs, row.points)}
        for row in chart.rows
    ]
    return {"measure": chart.measure, "rows": rows}


def _plot(runs: PageRuns, plot: Plot) -> Json:
    views = []
    for view in plot.views:
        lines = sorted(_series(runs, view.lines), key=lambda line: (line["series"], line["run"]))
        views.append({"choices": view.choices, "lines": lines, "levels": _series(runs, view.levels), "note": view.note})
    return {"x": asdict(plot.x), "y": asdict(plot.y), "views": views}


def _series(runs: PageRuns, entries: Iterable[Dot | PlotLine | PlotLevel]) -> list[Json]:
    """Return the entries as JSON, with the place of the row label among the models, -1 for the first stage."""
    first_stages = [aggregate.first_stage_row(results) for results in runs.all]
    found = []
    for entry in entries:
        series = -1 if entry.label == first_stages[entry.run] else runs.models.index(entry.label)
        values = {name: _plain(value) for name, value in asdict(entry).items() if name != "label"}
        found.append({"series": series} | values)
    return found


def _plain(value: Any) -> Any:
    """Return numbers rounded, and all that is within ``value`` likewise."""
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
