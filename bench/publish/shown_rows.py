"""A part of a report's table, as the README shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from bench.report.tables.table import Table


def with_rows(table: Table, shown: pd.Series[bool], left_out: Sequence[str]) -> Table:
    """Return a table with some of its rows and without some of its columns.

    Args:
        table: The whole table.
        shown: Of each row, whether it stays.
        left_out: Columns that do not.
    """
    rows = table.frame.index[shown].tolist()
    return replace(
        table,
        frame=table.frame.loc[rows].drop(columns=list(left_out)).reset_index(drop=True),
        intervals={
            (place, column): table.intervals[row, column]
            for place, row in enumerate(rows)
            for column in map(str, table.frame)
            if (row, column) in table.intervals
        },
        exact=None,
    )
