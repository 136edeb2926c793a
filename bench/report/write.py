"""Reports: tables and charts of an experiment's results, and pages that show them.

Everything here is a pure function of the results, so that a report can be redrawn without a model. On one machine the
same results give the same bytes; on another the texts are the same too, since numbers lose the digits in which
processors differ before they are compared or printed (``bench.report.values.text.settled``).
"""

from __future__ import annotations

from pathlib import Path

from bench.report.assemble import assemble
from bench.report.charts.chart import save
from bench.report.charts.chart_list import charts
from bench.report.markdown import render_markdown
from bench.report.page.render import render_html
from bench.report.tables import writers
from bench.results.run_results import RunResults


def write_report(
    results: RunResults,
    directory: Path,
    other: RunResults | None = None,
    *,
    latex: bool = False,
    png: bool = False,
) -> tuple[Path, ...]:
    """Write the report of ``results``: ``report.md``, ``report.html``, ``tables/`` and ``plots/``.

    Tables are written as CSV and Markdown. Charts are written as SVG for a light and a dark background, as both stand
    in ``report.md``. Tables and charts without any measurement are left out, and the page says so.

    Args:
        results: What to report.
        directory: Where to; made if need be, and files of the same names are replaced.
        other: Results that ``report.html`` shows beside them.
        latex: Whether to write the tables as LaTeX too.
        png: Whether to write the charts as PNG too.

    Returns:
        The paths written, the page first.
    """
    report = assemble(results, charts(results))
    texts = {
        Path("report.md"): render_markdown(report, latex=latex, png=png),
        Path("report.html"): render_html(report, None if other is None else assemble(other, {})),
    }
    for table in (table for table in report.tables if not table.frame.empty):
        stem = Path("tables", table.name)
        texts |= {stem.with_suffix(".csv"): writers.to_csv(table), stem.with_suffix(".md"): writers.to_markdown(table)}
        texts |= {stem.with_suffix(".tex"): writers.to_latex(table)} if latex else {}
    for folder in ("tables", "plots"):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8", newline="\n")
        paths.append(directory / name)
    for chart in report.charts:
        paths += save(chart, directory / "plots", ("svg", "png") if png else ("svg",))
    return tuple(paths)
