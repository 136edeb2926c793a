"""A table as the page shows it: texts of the cells, what they sort by, and the other run's texts of the same cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench.report.page.shown_runs import PageRuns
from bench.report.tables.table import Format, Table
from bench.report.values.text import NOTHING

#: Numbers of these columns depend on the machine as much as on the software.
_TIMES = (" ms", "/s")


@dataclass(frozen=True)
class CellView:
    """One cell.

    Attributes:
        text: Its text.
        value: The number at full precision, to sort by; empty where nothing was measured or the cell has no number.
        interval: Text of the number's interval, or an empty string.
        superscript: Letters of the columns that the number is significantly better than.
        best: Whether it is the best of its row.
        before: Text of the same cell of the other run; None where there is nothing to compare with.
        change: Text of the difference from the other run; empty where there is none.
    """

    text: str
    value: str = ""
    interval: str = ""
    superscript: str = ""
    best: bool = False
    before: str | None = None
    change: str = ""


@dataclass(frozen=True)
class RowView:
    """One row.

    Attributes:
        key: What identifies it among the rows of either run.
        cells: Its cells, one a column.
        markers: Footnote markers, shown after the first cell.
        apart: Whether it stays at the end, as an average does.
    """

    key: tuple[str, ...]
    cells: tuple[CellView, ...]
    markers: tuple[str, ...] = ()
    apart: bool = False


@dataclass(frozen=True)
class ColumnView:
    """One column.

    Attributes:
        label: Its name.
        letter: The letter that stands for it in superscripts, or an empty string.
        numeric: Whether it holds numbers.
        identifying: Whether it is one of those by which rows of two runs belong together.
    """

    label: str
    letter: str
    numeric: bool
    identifying: bool


@dataclass(frozen=True)
class TableView:
    """A table that a template writes.

    Attributes:
        name: Identifies it on the page.
        title: The first sentence of its caption.
        detail: The rest of the caption.
        columns: The columns.
        rows: The rows.
        notes: Marker -> the note it stands for, of the markers in use.
        remarks: Lines that belong beneath.
        compared: Label of the run whose numbers are shown as well, or an empty string.
    """

    name: str
    title: str
    detail: str
    columns: tuple[ColumnView, ...]
    rows: tuple[RowView, ...]
    notes: Mapping[str, str]
    remarks: tuple[str, ...]
    compared: str = ""


def view(table: Table, datasets: Sequence[str], identifying: Sequence[str] | None = None) -> TableView:
    """Return ``table`` as the page shows it.

    Args:
        table: The table.
        datasets: What a first column of datasets may say; a row that says anything else, such as an average, is set
            apart.
        identifying: The columns that identify a row; found out if not given.
    """
    labels = [str(column) for column in table.frame.columns]
    identifying = identifying_columns(table) if identifying is None else identifying
    columns = tuple(
        ColumnView(label, table.letters.get(label, ""), label in table.formats, label in identifying)
        for label in labels
    )
    seen: Counter[tuple[str, ...]] = Counter()
    rows = []
    for number in range(len(table.frame)):
        key = tuple(table.shown(number, label) for label in identifying)
        seen[key] += 1
        rows.append(
            RowView(
                key=(*key, str(seen[key])),
                cells=tuple(_cell(table, number, label) for label in labels),
                markers=table.markers[number] if table.markers else (),
                apart=labels[0] == "dataset" and table.shown(number, "dataset") not in datasets,
            )
        )
    notes = {marker: table.notes[marker] for row in rows for marker in row.markers}
    title, _, detail = table.caption.partition(". ")
    return TableView(table.name, title.rstrip("."), detail, columns, tuple(rows), notes, table.remarks)


def identifying_columns(table: Table) -> tuple[str, ...]:
    """Return the columns by which rows of two runs belong together.

    They are those that are not numbers, or the first alone in a table without numbers, which is one of properties. If
    rows agree in them, the columns of numbers from the left on, as far as it takes to tell rows apart: settings stand
    before what was measured.
    """
    labels = [str(column) for column in table.frame.columns]
    found = [label for label in labels if label not in table.formats]
    numbers = [label for label in labels if label in table.formats]
    if not numbers:
        return tuple(labels[:1])
    while numbers and (not found or table.frame.duplicated(found).any()):
        found.append(numbers.pop(0))
    return tuple(found)


def view_both(table: Table, other: Table, runs: PageRuns) -> TableView:
    """Return ``table`` with what ``other``, the same table of the other run, has in every cell, and the difference.

    Rows that only the other run has come last.
    """
    # Of the larger table: the smaller may have fewer settings to tell apart.
    identifying = identifying_columns(max(table, other, key=lambda each: len(each.frame)))
    identifying = tuple(label for label in identifying if all(label in each.frame for each in (table, other)))
    ours, theirs = view(table, runs.own.datasets, identifying), view(other, runs.all[-1].datasets, identifying)
    names = [column.label for column in theirs.columns]
    there = {row.key: dict(zip(names, row.cells, strict=True)) for row in theirs.rows}
    rows = []
    for row in ours.rows:
        cells = there.pop(row.key, {})
        rows.append(replace(row, cells=_compared(row, ours.columns, cells, table.formats, runs.times_comparable)))
    for row in theirs.rows:
        if row.key in there:
            cells = there[row.key]
            rows.append(replace(row, cells=tuple(_only_there(cells.get(each.label), each) for each in ours.columns)))
    timed = any(column.label.endswith(_TIMES) for column in ours.columns)
    remarks = ours.remarks
    if timed and not runs.times_comparable:
        remarks += ("The runs were made on different machines, or it is not known on which: their times are no ratio.",)
    return replace(
        ours, rows=tuple(rows), notes={**theirs.notes, **ours.notes}, remarks=remarks, compared=runs.labels[1]
    )


def _cell(table: Table, row: int, label: str) -> CellView:
    text = table.shown(row, label)
    number = label in table.formats and text != NOTHING
    return CellView(
        text=text,
        value=repr(float(table.frame[label].iloc[row])) if number else "",
        interval=table.shown_interval(row, label),
        superscript=table.superscripts.get((row, label), ""),
        best=(row, label) in table.best,
    )


def _compared(
    row: RowView,
    columns: Sequence[ColumnView],
    there: Mapping[str, CellView],
    formats: Mapping[str, Format],
    comparable: bool,
) -> tuple[CellView, ...]:
    compared = []
    for column, cell in zip(columns, row.cells, strict=True):
        base = there.get(column.label)
        if base is None or column.identifying or (base.text == cell.text and not cell.value):
            compared.append(cell)
        else:
            change = _change(cell, base, column.label, formats, comparable) if column.numeric else ""
            compared.append(replace(cell, before=base.text, change=change))
    return tuple(compared)


def _change(cell: CellView, base: CellView, label: str, formats: Mapping[str, Format], comparable: bool) -> str:
    if not cell.value or not base.value:
        return ""
    if cell.text == base.text:
        return "="
    value, was = float(cell.value), float(base.value)
    if label.endswith(_TIMES):
        return f"{value / was:.2f}\N{MULTIPLICATION SIGN}" if comparable and was else ""
    size = formats[label](abs(value - was)).lstrip("+")
    return f"+{size}" if value > was else f"\N{MINUS SIGN}{size}"


def _only_there(cell: CellView | None, column: ColumnView) -> CellView:
    if cell is None:
        return CellView(NOTHING)
    return cell if column.identifying else CellView(NOTHING, before=cell.text)
