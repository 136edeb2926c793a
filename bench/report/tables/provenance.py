"""The machine and software of a run, and the rows that come from another commit, code or machine than others."""

from __future__ import annotations

import pandas as pd

from bench.provenance.comparability import differing, examine, grouped
from bench.report.tables.table import Table
from bench.report.values.fingerprint import machine_rows
from bench.results.run_results import RunResults

_COLUMNS = ("commit", "code", "libraries", "machine", "cells", "rows")


def machine_table(results: RunResults) -> Table:
    """Return the fingerprint of the machine and of the software, with remarks on the cells that differ from it."""
    frame = pd.DataFrame(machine_rows(results.machine), columns=["property", "value"], dtype=object)
    return Table(
        name="machine",
        caption="The machine and the software.",
        frame=frame,
        remarks=tuple(f"{note}." for note in examine(results.provenance).notes),
    )


def provenance_table(results: RunResults) -> Table:
    """Return a row for each commit, code, libraries and machine that cells come from; none where all share them.

    Of code and libraries, only what differs between cells is shown.
    """
    cells = results.provenance
    code, libraries = differing(cells, lambda cell: cell.code), differing(cells, lambda cell: cell.libraries)
    groups = grouped(
        cells,
        lambda cell: (
            cell.short_commit,
            ", ".join(f"{name} {cell.code[name]}" for name in code if name in cell.code),
            ", ".join(f"{name} {cell.libraries[name]}" for name in libraries if name in cell.libraries),
            cell.where,
        ),
    )
    rows = [(*place, str(len(names)), "; ".join(names)) for place, names in groups.items()] if len(groups) > 1 else []
    return Table(
        name="provenance",
        caption="Where the rows come from, as not all come from one place. Code and libraries: those that differ.",
        frame=pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object),
    )
