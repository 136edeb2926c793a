"""The report as one HTML page that needs nothing else: no network, no server, no other file.

Tables are written here, charts and the view by query are drawn by the page's script from data inside the page. What
comes from outside (names, queries, documents) is text on the page and never markup, and a content security policy lets
no script run but the page's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.common.words import count_of
from bench.provenance.comparability import examine
from bench.report.charts.chart import Chart
from bench.report.charts.colours import LIGHT
from bench.report.markdown import explain
from bench.report.page.assets import digest, embed, script, style_sheet
from bench.report.page.chart_data import chart_data
from bench.report.page.embedded_images import embedded_images
from bench.report.page.headline import Headline, headlines
from bench.report.page.page_runs import PageRuns
from bench.report.page.paired import paired_table
from bench.report.page.query_data import query_data
from bench.report.page.sections import place
from bench.report.page.table_view import TableView, view, view_both
from bench.report.tables.table import Table
from bench.report.values import aggregate
from bench.report.values.fingerprint import processor, threads_used
from bench.report.values.text import milliseconds, score, signed, thousands
from bench.results.run_results import RunResults

Tables = Mapping[str, Sequence[Table]]

__all__ = ["render_html"]


def render_html(
    results: RunResults,
    tables: Tables,
    charts: Mapping[str, Chart[Any]],
    other: RunResults | None = None,
    other_tables: Tables | None = None,
) -> str:
    """Return the page; the same results give the same bytes.

    Args:
        results: What the page is about.
        tables: Kind -> tables, such as ``quality`` -> one a measure.
        charts: Name -> chart, as drawn for the Markdown report. The page draws some of them itself, so that a reader
            can ask them for numbers; the rest stand on it as images.
        other: A run to show beside it, or None.
        other_tables: The tables of ``other``, so that every table can show both runs and the difference.

    Raises:
        BenchError: A value of a measure is not a finite number, or a query has two.
    """
    runs = PageRuns(results, other)
    css, javascript = style_sheet(), script()
    drawn = chart_data(runs, charts)
    alts = {name: chart.alt for name, chart in charts.items()}
    images = embedded_images(chart for name, chart in charts.items() if name not in drawn["charts"])
    queries, found = query_data(runs), headlines(runs)
    context = {
        "runs": runs,
        "results": results,
        "headlines": found,
        "meaning": explain(results.measures[0]),
        "facts": _facts(results),
        "markers": aggregate.note_markers(results),
        "notes": aggregate.notes_by_marker(results),
        "sections": place(_views(runs, tables, other_tables or {}), images),
        "paired": _paired(runs),
        "drawn": drawn["charts"],
        "alts": alts,
        "texts": any("documents" in query for each in queries["comparisons"] for query in each["queries"]),
        "queries": queries,
        "colours": len(LIGHT.series),
        "place": _placing(found),
        "css": css,
        "css_digest": digest(css),
        "script": javascript,
        "script_digest": digest(javascript),
        "data": embed(drawn | {"queries": queries}),
    }
    return _environment().get_template("page.html.jinja").render(context)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "count_of": count_of,
        "examine": examine,
        "milliseconds": milliseconds,
        "score": score,
        "signed": signed,
        "thousands": thousands,
    }
    environment.globals |= {"score": score, "signed": signed}
    return environment


def _placing(found: Sequence[Headline]) -> Callable[[float], str]:
    """Return what turns a value into a place between 0 and 100 on the axis that all headlines share."""
    ends = [line.interval.high if line.interval else line.value for line in found if line.value is not None]
    end = max([*ends, *(line.start for line in found if line.start is not None)], default=0.0) or 1.0
    return lambda value: f"{100 * value / end:.2f}"


def _views(runs: PageRuns, tables: Tables, other_tables: Tables) -> dict[str, list[TableView]]:
    """Return the tables that have rows, each beside the other run's table of the same name if there is one."""
    there = {table.name: table for of_kind in other_tables.values() for table in of_kind}
    found: dict[str, list[TableView]] = {}
    for kind, of_kind in tables.items():
        for table in of_kind:
            if table.frame.empty and (table.name not in there or there[table.name].frame.empty):
                continue
            beside = runs.other is not None and table.name in there
            shown = view_both(table, there[table.name], runs) if beside else view(table, runs.own.datasets)
            found.setdefault(kind, []).append(shown)
    return found


def _paired(runs: PageRuns) -> list[TableView]:
    """Return the comparisons of two runs, a table a measure, of the measures that they have in common."""
    if runs.other is None:
        return []
    tables = [paired_table(runs, measure) for measure in runs.measures]
    return [view(table, runs.own.datasets) for table in tables if not table.frame.empty]


def _facts(results: RunResults) -> list[str]:
    """Return in a few words what was run, and on what."""
    queries = sum(results.queries.values())
    return [
        fact
        for fact in (
            count_of(len(results.datasets), "dataset"),
            count_of(len(results.models), "model"),
            count_of(queries, "query"),
            ", ".join(filter(None, (processor(results.machine), threads_used(results.machine)))),
            f"commit {str(results.machine['commit'])[:10]}" if results.machine.get("commit") else "",
        )
        if fact
    ]
