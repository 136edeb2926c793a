"""A table of a report before it is written: cells at full precision, and how each is to be read and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from bench.report.values.text import NOTHING, NumberFormat, plain, settled
from bench.stats.intervals import Interval

Format = Callable[[float], str]


@dataclass(frozen=True)
class Table:
    """A table before it is Markdown, CSV or LaTeX.

    Attributes:
        name: File name without its ending.
        caption: What the cells are; its first sentence is the table's title on the page.
        frame: The cells at full precision; the column names are the header.
        formats: Numeric column of ``frame`` or ``exact`` -> how its cells are shown; a ``NumberFormat`` also says how a
            CSV file has them.
        markers: Footnote markers of each row, shown after its first cell; empty for a table without.
        notes: Marker -> the note it stands for.
        remarks: Lines that belong under the table.
        best: Cells (row number, column) that are the best of their row.
        intervals: LatencyCell -> the interval of its number, shown after it in the number's own format.
        letters: Column -> the letter that stands for it in superscripts.
        superscripts: LatencyCell -> the letters of the columns that its number is significantly better than.
        exact: More columns of the same rows, for the CSV only, such as the ends of intervals.
    """

    name: str
    caption: str
    frame: pd.DataFrame
    formats: Mapping[str, Format] = field(default_factory=dict)
    markers: tuple[tuple[str, ...], ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    best: frozenset[tuple[int, str]] = frozenset()
    intervals: Mapping[tuple[int, str], Interval] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)
    superscripts: Mapping[tuple[int, str], str] = field(default_factory=dict)
    exact: pd.DataFrame | None = None

    def shown(self, row: int, column: str) -> str:
        """Return a cell as it is read: formatted, and an en dash where nothing was measured."""
        value = self.frame[column].iloc[row]
        if pd.isna(value):
            return NOTHING
        return self.formats[column](settled(float(value))) if column in self.formats else str(value)

    def written(self, column: str, value: object) -> object:
        """Return a value of a column as a CSV file has it: fractions with as many digits as their format has."""
        if not isinstance(value, float) or pd.isna(value):
            return value
        shown = self.formats.get(column)
        return (shown if isinstance(shown, NumberFormat) else plain).csv(value)

    def shown_interval(self, row: int, column: str) -> str:
        """Return the interval of a cell as it is read, such as ``[0.651, 0.755]``; empty for a cell without."""
        interval = self.intervals.get((row, column))
        if interval is None:
            return ""
        low, high = (self.formats[column](settled(end)) for end in (interval.low, interval.high))
        return f"[{low}, {high}]"
