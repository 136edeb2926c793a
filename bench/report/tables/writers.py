"""A table as Markdown, CSV or LaTeX, with every special character of names escaped."""

from __future__ import annotations

import re

import pandas as pd

from bench.report.tables.table import Table

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "†": r"\textdagger{}",
    "‡": r"\textdaggerdbl{}",
    "§": r"\S{}",
    "¶": r"\P{}",
    "‖": r"\textbardbl{}",
    "\N{EN DASH}": "--",
    "\N{MINUS SIGN}": "$-$",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def escape_markdown(text: str) -> str:
    """Return ``text`` so that GitHub shows it literally, also inside a table's cell; line breaks become spaces."""
    return re.sub(r"([\\`*_{}\[\]<>|~#&$])", r"\\\1", " ".join(text.split()))


def escape_latex(text: str) -> str:
    """Return ``text`` so that LaTeX prints it literally; line breaks become spaces."""
    return "".join(_LATEX.get(character, character) for character in " ".join(text.split()))


def to_markdown(table: Table) -> str:
    """Return a GitHub table with its notes and remarks beneath, and a line break at the end."""
    columns = [str(column) for column in table.frame.columns]

    def cell(row: int, column: str) -> str:
        text = escape_markdown(table.shown(row, column))
        text = f"**{text}**" if (row, column) in table.best else text
        text += raised(table.superscripts.get((row, column), ""))
        if interval := table.shown_interval(row, column):
            # In a narrow column a line may end before the interval, not inside it.
            text += " " + escape_markdown(interval).replace(" ", "\N{NO-BREAK SPACE}")
        return text + "".join(_markers(table, row)) if column == columns[0] else text

    def raised(letters: str) -> str:
        return f"<sup>{letters}</sup>" if letters else ""

    lines = [
        [escape_markdown(column) + raised(table.letters.get(column, "")) for column in columns],
        ["---:" if column in table.formats else "---" for column in columns],
        *([cell(row, column) for column in columns] for row in range(len(table.frame))),
    ]
    body = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    beneath = [*(f"{marker} {escape_markdown(note)}" for marker, note in _used(table).items())]
    beneath += [escape_markdown(remark) for remark in table.remarks]
    return "\n\n".join([body, *beneath]) + "\n"


def to_csv(table: Table) -> str:
    """Return the cells with the digits that mean something, empty where nothing was measured.

    Columns that only the CSV has follow the cells, and then ``note``, which spells out markers.
    """
    frame = table.frame if table.exact is None else pd.concat([table.frame, table.exact], axis="columns")
    if _used(table):
        notes = ["; ".join(table.notes[marker] for marker in _markers(table, row)) for row in range(len(frame))]
        frame = frame.assign(note=pd.Series(notes, index=frame.index, dtype=object))
    columns = [[table.written(str(name), value) for value in values.tolist()] for name, values in frame.items()]
    written = pd.DataFrame(dict(enumerate(columns)), index=frame.index, dtype=object)
    return written.to_csv(index=False, header=list(map(str, frame.columns)), lineterminator="\n")


def to_latex(table: Table) -> str:
    """Return a ``table`` environment that needs the package booktabs."""
    columns = [str(column) for column in table.frame.columns]

    def cell(row: int, column: str) -> str:
        text = escape_latex(table.shown(row, column))
        text = rf"\textbf{{{text}}}" if (row, column) in table.best else text
        text += raised(table.superscripts.get((row, column), ""))
        if interval := table.shown_interval(row, column):
            text += rf" {{\scriptsize {escape_latex(interval)}}}"
        return text + escape_latex("".join(_markers(table, row))) if column == columns[0] else text

    def raised(letters: str) -> str:
        return f"$^{{{letters}}}$" if letters else ""

    beneath = [f"{escape_latex(marker)} {escape_latex(note)}" for marker, note in _used(table).items()]
    beneath += [escape_latex(remark) for remark in table.remarks]
    return "\n".join(
        [
            r"% Needs \usepackage{booktabs}.",
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{escape_latex(table.caption)}}}",
            rf"\label{{tab:{table.name}}}",
            rf"\begin{{tabular}}{{{''.join('r' if column in table.formats else 'l' for column in columns)}}}",
            r"\toprule",
            " & ".join(escape_latex(column) + raised(table.letters.get(column, "")) for column in columns) + r" \\",
            r"\midrule",
            *(" & ".join(cell(row, column) for column in columns) + r" \\" for row in range(len(table.frame))),
            r"\bottomrule",
            r"\end{tabular}",
            *(rf"\par\footnotesize {line}" for line in beneath),
            r"\end{table}",
            "",
        ]
    )


def _markers(table: Table, row: int) -> tuple[str, ...]:
    return table.markers[row] if table.markers else ()


def _used(table: Table) -> dict[str, str]:
    """Return the notes whose markers stand in the table, in the order of the markers' first appearance."""
    return {marker: table.notes[marker] for markers in table.markers for marker in markers}
