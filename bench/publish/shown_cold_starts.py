"""Cold starts as the README shows them: the request with most passages, and fewer systems and columns."""

from __future__ import annotations

from dataclasses import replace

from bench.publish.shown_rows import with_rows
from bench.report.tables.systems.cold_start import cold_start_table
from bench.report.tables.table import Table
from bench.report.values.fingerprint import instruction_sets, processor
from bench.results.run_results import RunResults

#: Systems that only the whole table shows.
_ELSEWHERE = ("flashrank, graph as shipped", "sentence-transformers, onnx", "fastembed")
_LEFT_OUT = ("passages/request", "processes")


def cold_starts_in_short(results: RunResults) -> Table:
    """Return the table of the request with most passages, which says on what machine it was measured."""
    table, machine = cold_start_table(results), results.machine
    counts = table.frame["passages/request"]
    shown = (counts == counts.max()) & ~table.frame["system"].isin(_ELSEWHERE)
    where = ", ".join((processor(machine), instruction_sets(machine)))
    return replace(
        with_rows(table, shown, _LEFT_OUT),
        caption=f"{table.caption} A request has {counts.max()} passages. Measured on: {where}.",
    )
