"""The report's page: Markdown as GitHub shows it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.common.words import count_of
from bench.provenance.comparability import examine
from bench.report.charts.chart import Chart
from bench.report.tables.table import Table
from bench.report.tables.writers import escape_markdown, to_markdown
from bench.results.run_results import RunResults

_BY_MEASURE = ("quality", "comparisons")

#: Measure without cutoff and parameters -> what it is.
_MEANINGS = {
    "nDCG": "{measure} looks at the {cutoff} of a ranking: every relevant document adds its grade, discounted by the "
    "logarithm of its rank, and the sum is divided by that of the best possible order. 1 is perfect, 0 is nothing "
    "relevant.",
    "RR": "{measure} is one over the rank of the first relevant document in the {cutoff}, 0 if there is none.",
    "AP": "{measure} is the precision at the rank of every relevant document in the {cutoff}, averaged over all "
    "relevant documents.",
    "P": "{measure} is the share of relevant documents in the {cutoff}.",
    "R": "{measure} is the share of all relevant documents that are in the {cutoff}.",
    "Success": "{measure} is 1 if there is a relevant document in the {cutoff}, else 0.",
}


def render_page(results: RunResults, tables: Mapping[str, Sequence[Table]], charts: Mapping[str, Chart[Any]]) -> str:
    """Return the page.

    Args:
        results: What the page is about.
        tables: By the names that the template knows them by; ``quality`` and ``comparisons`` have one a measure, the
            others one.
        charts: The charts there are, by name.
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
    named = {name: of_kind if name in _BY_MEASURE else of_kind[0] for name, of_kind in tables.items()}
    page = environment.get_template("report.md.jinja").render(
        results=results,
        found=examine(results.provenance),
        charts=charts,
        meaning=explain(results.measures[0]),
        **named,
    )
    return re.sub(r"\n{3,}", "\n\n", page).rstrip("\n") + "\n"


def explain(measure: str) -> str:
    """Return what ``measure`` is, for a reader who does not know it; its documentation's place if we do not either."""
    name, _, cutoff = measure.partition("@")
    meaning = _MEANINGS.get(name.partition("(")[0])
    if meaning is None:
        return f"{escape_markdown(measure)} is defined in the documentation of ir-measures."
    return meaning.format(measure=escape_markdown(measure), cutoff=f"first {cutoff} documents" if cutoff else "ranking")


def _attribute(text: str) -> str:
    """Return ``text`` fit for an HTML attribute in Markdown, where an empty line would end the tag."""
    return html.escape(" ".join(text.split()))
