"""Reports: tables and charts of an experiment's results, and a page that shows them.

Everything here is a pure function of the results, so that a report can be redrawn without a model. On one machine the
same results give the same bytes; on another the texts are the same too, since numbers lose the digits in which
processors differ before they are compared or printed (``bench.report.values.text.settled``).
"""

from __future__ import annotations

from pathlib import Path

from bench.report.charts.chart import save
from bench.report.charts.chart_list import charts
from bench.report.markdown import render_page
from bench.report.page.render import render_html
from bench.report.tables import writers
from bench.report.tables.budgets import budget_table
from bench.report.tables.comparisons import comparisons_table
from bench.report.tables.cost import cost_cells_table, cost_checks_table, cost_table
from bench.report.tables.footprint import footprint_table
from bench.report.tables.inputs import datasets_table, judged_table, models_table
from bench.report.tables.latency import query_latency_table, request_latency_table
from bench.report.tables.provenance import machine_table, provenance_table
from bench.report.tables.quality import quality_table
from bench.report.tables.references import reference_table
from bench.report.tables.table import Table
from bench.report.terminal import print_summary, summary_table
from bench.results.run_results import RunResults

__all__ = ["print_summary", "report_tables", "summary_table", "write_report"]


def report_tables(results: RunResults) -> dict[str, list[Table]]:
    """Return every table of a report by kind; those without any measurement have no rows."""
    return {
        "quality": [quality_table(results, measure) for measure in results.measures],
        "comparisons": [comparisons_table(results, measure) for measure in results.measures],
        "references": [reference_table(results)],
        "budgets": [budget_table(results)],
        "query_latency": [query_latency_table(results)],
        "request_latency": [request_latency_table(results)],
        "footprint": [footprint_table(results)],
        "cost": [cost_table(results)],
        "cost_checks": [cost_checks_table(results)],
        "cost_cells": [cost_cells_table(results)],
        "models": [models_table(results)],
        "datasets": [datasets_table(results)],
        "judged": [judged_table(results)],
        "machine": [machine_table(results)],
        "provenance": [provenance_table(results)],
    }


def write_report(results: RunResults, directory: Path, other: RunResults | None = None) -> tuple[Path, ...]:
    """Write the report of ``results``: ``report.md``, ``report.html``, ``tables/`` and ``plots/``.

    Tables are written as CSV, Markdown and LaTeX, charts as SVG and PNG for a light and a dark
    background. Tables and charts without any measurement are left out, and the page says so.

    Args:
        results: What to report.
        directory: Where to; made if need be, and files of the same names are replaced.
        other: Results that ``report.html`` shows beside them.

    Returns:
        The paths written, the page first.
    """
    tables, drawn = report_tables(results), charts(results)
    beside = () if other is None else (other, report_tables(other))
    texts = {
        Path("report.md"): render_page(results, tables, drawn),
        Path("report.html"): render_html(results, tables, drawn, *beside),
    }
    for table in (table for of_kind in tables.values() for table in of_kind if not table.frame.empty):
        stem = Path("tables", table.name)
        texts |= {
            stem.with_suffix(".csv"): writers.to_csv(table),
            stem.with_suffix(".md"): writers.to_markdown(table),
            stem.with_suffix(".tex"): writers.to_latex(table),
        }
    for folder in ("tables", "plots"):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8", newline="\n")
        paths.append(directory / name)
    for chart in drawn.values():
        paths += save(chart, directory / "plots", ("svg", "png"))
    return tuple(paths)
