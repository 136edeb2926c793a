"""What stands in a report and in which order: the list of sections that ``report.md`` and the page both follow.

To add a table, add to a part what makes it. To add a chart, add it to ``bench.report.charts.chart_list`` and name it in
a part; a chart that no part names stands at the end of the report.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.report.tables.budgets import budget_table
from bench.report.tables.comparisons import comparisons_table
from bench.report.tables.cost import cost_cells_table, cost_checks_table, cost_table
from bench.report.tables.footprint import footprint_table
from bench.report.tables.inputs import datasets_table, judged_table, models_table
from bench.report.tables.latency import query_latency_table, request_latency_table
from bench.report.tables.provenance import machine_table, provenance_table
from bench.report.tables.quality import quality_table
from bench.report.tables.references import reference_table
from bench.report.tables.systems.cold_start import cold_start_table
from bench.report.tables.systems.peers import peers_table
from bench.report.tables.table import Table
from bench.report.values.meanings import explain
from bench.results.run_results import RunResults

#: Makes tables of a run; a table without rows is not shown.
MakeTables = Callable[[RunResults], Sequence[Table]]


@dataclass(frozen=True)
class ChartRow:
    """Where a chart stands.

    Attributes:
        name: Its name in the list of charts.
        title: Its heading on the page, where the page draws it itself; ``{measure}`` stands for the primary measure.
        reading: How to read it there, in a sentence or two.
    """

    name: str
    title: str = ""
    reading: str = ""


@dataclass(frozen=True)
class Part:
    """Tables and charts that belong together.

    Attributes:
        rows: What makes the tables, and the charts, from the top.
        title: Heading in ``report.md``; on the page, tables and charts have headings of their own.
        otherwise: What is said where nothing of it was measured; if empty, the part is left out there.
        in_full: How many of its tables ``report.md`` writes out, linking to the others; None for all.
    """

    rows: tuple[MakeTables | ChartRow, ...]
    title: str = ""
    otherwise: str = ""
    in_full: int | None = None


@dataclass(frozen=True)
class Section:
    """A section of the report; left out where it has nothing to show or say.

    Attributes:
        name: Identifies it on the page.
        title: Heading.
        parts: Its parts, from the top.
        short_title: What the page's bar calls it, if not by its title.
        introduction: Returns its first paragraphs.
        page_template: Template of what only the page shows, before the parts.
        unfolded: How many of its tables the page shows at once, folding the others; None for all.
    """

    name: str
    title: str
    parts: tuple[Part, ...] = ()
    short_title: str = ""
    introduction: Callable[[RunResults], tuple[str, ...]] = lambda _: ()
    page_template: str = ""
    unfolded: int | None = None


def one(make: Callable[[RunResults], Table]) -> MakeTables:
    """Return what makes one table of a run."""
    return lambda results: (make(results),)


def each_measure(make: Callable[[RunResults, str], Table]) -> MakeTables:
    """Return what makes a table for every measure of a run."""
    return lambda results: tuple(make(results, measure) for measure in results.measures)


_READING = (
    "A reranker only reorders the candidates that its first stage found: what is not among them stays lost. A document "
    "that nobody judged counts as not relevant. Every number is a mean over the queries stated beside it; on few "
    "queries, a small difference may be chance. Numbers can be compared with others only if the dataset, the queries, "
    "the candidates and their number are the same: see the notes at the datasets. The measures can be computed again "
    "with trec_eval, from the run files that the experiment leaves and the datasets' relevance judgements.",
    "The time per query is the time to rerank that query's candidates. The median is the usual case; 5 of 100 queries "
    "take longer than p95, and 1 of 100 takes longer than p99. Among fewer than 100 queries, p99 is little else than "
    "the slowest. Longer texts take longer, so a model's latencies on different datasets differ with the length of the "
    "texts.",
)

SECTIONS = (
    Section(
        "quality",
        "Quality",
        introduction=lambda results: (explain(results.measures[0]),),
        unfolded=1,
        parts=(
            Part(
                (
                    ChartRow(
                        "quality",
                        "{measure} by dataset",
                        "Means over queries with 95 % bootstrap intervals. The further right, the better.",
                    ),
                    each_measure(quality_table),
                ),
                otherwise="No quality was measured.",
            ),
            Part((each_measure(comparisons_table),), "Every row against every other", in_full=1),
            Part((one(reference_table),), "Against published numbers"),
        ),
    ),
    Section(
        "tradeoff",
        "Quality against latency",
        short_title="Trade-off",
        unfolded=1,
        parts=(
            Part(
                (
                    ChartRow(
                        "tradeoff",
                        "{measure} against time per query",
                        "Up is better, left is faster; the dashed line is the first stage alone. Bars are 95 % "
                        "bootstrap intervals.",
                    ),
                    ChartRow("gain"),
                ),
                otherwise="No model has both quality and timings on a dataset.",
            ),
            Part((ChartRow("pareto"), one(budget_table)), "Within a latency budget"),
            Part((ChartRow("depth"),), "Fewer candidates, shorter pairs"),
        ),
    ),
    Section(
        "latency",
        "Latency",
        introduction=lambda _: (
            "Latency is wall-clock time on the machine below, under what else it was doing. It holds for no other "
            "machine. Finding the candidates is not included.",
        ),
        unfolded=2,
        parts=(
            Part((one(query_latency_table),), "Per query, while measuring quality", "No timings were recorded."),
            Part(
                (
                    ChartRow(
                        "latency",
                        "Time per request by length",
                        "Median with the range from the 5th to the 95th percentile; both axes are logarithmic.",
                    ),
                    one(request_latency_table),
                ),
                "By length",
                "Latency by length was not measured.",
            ),
            Part((one(footprint_table),), "Memory"),
            Part(
                (one(cost_table), ChartRow("cost"), one(cost_checks_table), one(cost_cells_table)),
                "What it will cost",
            ),
        ),
    ),
    Section(
        "peers", "Systems side by side", short_title="Systems", parts=(Part((ChartRow("peers"), one(peers_table))),)
    ),
    Section("cold-start", "Cold start", parts=(Part((one(cold_start_table),)),)),
    Section("queries", "Query by query", short_title="Queries", page_template="queries.html.jinja"),
    Section("reading", "How to read this", short_title="Reading", introduction=lambda _: _READING),
    Section(
        "provenance",
        "Provenance",
        page_template="provenance.html.jinja",
        parts=(
            Part((one(models_table),), "Models", "None: the first stage only."),
            Part((one(datasets_table), one(judged_table)), "Datasets", "None: latency only."),
            Part((one(machine_table), one(provenance_table)), "Machine"),
        ),
    ),
)
