"""The report as one HTML page that needs nothing else: no network, no server, no other file.

Tables are written here, charts and the view by query are drawn by the page's script from data inside the page. What
comes from outside (names, queries, documents) is text on the page and never markup, and a content security policy lets
no script run but the page's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.common.words import count_of
from bench.provenance.comparability import examine
from bench.report.assemble import Report
from bench.report.charts.colours import LIGHT
from bench.report.page.assets import digest, embed, script, style_sheet
from bench.report.page.chart_data import chart_data
from bench.report.page.embedded_images import embedded_images
from bench.report.page.headline import Headline, headlines
from bench.report.page.other_run_table import paired_table
from bench.report.page.query_data import query_data
from bench.report.page.section_views import section_views
from bench.report.page.shown_runs import PageRuns
from bench.report.page.table_view import TableView, view
from bench.report.values import aggregate
from bench.report.values.fingerprint import processor, threads_used
from bench.report.values.text import milliseconds, score, signed, thousands
from bench.results.run_results import RunResults


def render_html(report: Report, other: Report | None = None) -> str:
    """Return the page; the same results give the same bytes.

    Args:
        report: What the page is about. The page draws some of its charts itself, so that a reader can ask them for
            numbers; the others stand on it as pictures.
        other: What to show beside it, or None: every table then has both runs and the difference.

    Raises:
        BenchError: A value of a measure is not a finite number, or a query has two.
    """
    results = report.results
    runs = PageRuns(results, None if other is None else other.results)
    css, javascript = style_sheet(), script()
    charts = {chart.name: chart for chart in report.charts}
    drawn = chart_data(runs, charts)
    images = embedded_images(chart for name, chart in charts.items() if name not in drawn["charts"])
    queries, found = query_data(runs), headlines(runs)
    context = {
        "runs": runs,
        "results": results,
        "headlines": found,
        "facts": _facts(results),
        "markers": aggregate.note_markers(results),
        "notes": aggregate.notes_by_marker(results),
        "sections": section_views(report, other, runs, drawn["charts"], images),
        "paired": _paired(runs),
        "alts": {name: chart.alt for name, chart in charts.items()},
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
