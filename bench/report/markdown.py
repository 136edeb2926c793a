"""The report as one page of Markdown, as GitHub shows it."""

from __future__ import annotations

import html
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.common.words import count_of
from bench.provenance.comparability import examine
from bench.report.assemble import Report
from bench.report.tables.writers import escape_markdown, to_markdown


def render_markdown(report: Report, *, latex: bool = False, png: bool = False) -> str:
    """Return the page.

    Args:
        report: What the page shows.
        latex: Whether it links to the tables as LaTeX too.
        png: Whether it links to the charts as PNG too.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters |= {
        "md": escape_markdown,
        "html": _attribute,
        "table": to_markdown,
        "count_of": count_of,
    }
    kinds = ("SVG", "PNG") if png else ("SVG",)
    pictures = [(f"{kind} ({theme})", f"-{theme}.{kind.lower()}") for kind in kinds for theme in ("light", "dark")]
    page = environment.get_template("report.md.jinja").render(
        results=report.results,
        found=examine(report.results.provenance),
        sections=[filled for filled in report.sections if filled.says_something],
        picture_endings=pictures,
        table_endings=[("CSV", ".csv"), ("Markdown", ".md"), *([("LaTeX", ".tex")] if latex else [])],
    )
    return re.sub(r"\n{3,}", "\n\n", page).rstrip("\n") + "\n"


def _attribute(text: str) -> str:
    """Return ``text`` fit for an HTML attribute in Markdown, where an empty line would end the tag."""
    return html.escape(" ".join(text.split()))
