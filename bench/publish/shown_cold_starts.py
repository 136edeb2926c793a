"""Cold starts as the README shows them: the request with most passages, and fewer columns."""

from __future__ import annotations

from dataclasses import replace

from bench.report.tables.systems.cold_start import cold_start_table
from bench.report.tables.table import Table
from bench.report.values.fingerprint import instruction_sets, processor
from bench.results.run_results import RunResults

_LEFT_OUT = ("passages/request", "processes")


def cold_starts_in_short(results: RunResults) -> Table:
    """Return the table of the request with most passages, which says on what machine it was measured."""
    table, machine = cold_start_table(results), results.machine
    counts = table.frame["passages/request"]
    rows = counts[counts == counts.max()].index.tolist()
    where = ", ".join((processor(machine), instruction_sets(machine)))
    return replace(
        table,
        caption=f"{table.caption} A request has {counts.max()} passages. Measured on: {where}.",
        frame=table.frame.loc[rows].drop(columns=list(_LEFT_OUT)).reset_index(drop=True),
        intervals={
            (place, column): table.intervals[row, column]
            for place, row in enumerate(rows)
            for column in map(str, table.frame)
            if (row, column) in table.intervals
        },
        exact=None,
    )
