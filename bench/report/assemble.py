"""The tables and charts of a run, made once and put where the list of sections has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.report import sections
from bench.report.charts.chart import Chart
from bench.report.sections import ChartRow, Part, Section
from bench.report.tables.table import Table
from bench.results.run_results import RunResults


@dataclass(frozen=True)
class Item:
    """A table or a chart in its place.

    Attributes:
        table: The table, perhaps without rows; None for a chart.
        in_full: Whether ``report.md`` writes the table out.
        row: Where the chart stands; None for a table.
        chart: The chart; None for a table, and where the run has nothing for it to show.
    """

    table: Table | None = None
    in_full: bool = True
    row: ChartRow | None = None
    chart: Chart[Any] | None = None

    @property
    def is_shown(self) -> bool:
        """Whether the run has something for it to show."""
        return self.chart is not None or (self.table is not None and not self.table.frame.empty)


@dataclass(frozen=True)
class FilledPart:
    """A part of a section with what the run has for it.

    Attributes:
        part: The part.
        items: All its tables and charts, those with nothing to show too: another run beside this one may have it.
    """

    part: Part
    items: tuple[Item, ...]

    @property
    def shown(self) -> tuple[Item, ...]:
        """The tables and charts that the run has something for."""
        return tuple(item for item in self.items if item.is_shown)


@dataclass(frozen=True)
class FilledSection:
    """A section with what the run has for it.

    Attributes:
        section: The section.
        introduction: Its first paragraphs; none where it has parts, and the run nothing for them.
        parts: Its parts.
    """

    section: Section
    introduction: tuple[str, ...]
    parts: tuple[FilledPart, ...]

    @property
    def says_something(self) -> bool:
        """Whether there is anything beneath its heading."""
        return bool(self.introduction) or any(filled.shown or filled.part.otherwise for filled in self.parts)


@dataclass(frozen=True)
class Report:
    """A run as it is reported.

    Attributes:
        results: The run.
        sections: Its sections, from the top.
    """

    results: RunResults
    sections: tuple[FilledSection, ...]

    @property
    def items(self) -> Iterator[Item]:
        """All tables and charts, from the top."""
        return (item for section in self.sections for part in section.parts for item in part.items)

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, from the top, those without rows too."""
        return tuple(item.table for item in self.items if item.table is not None)

    @property
    def charts(self) -> tuple[Chart[Any], ...]:
        """The charts that the run has something for, from the top."""
        return tuple(item.chart for item in self.items if item.chart is not None)


def assemble(results: RunResults, charts: Mapping[str, Chart[Any]]) -> Report:
    """Return the report of a run, without drawing anything.

    Args:
        results: The run.
        charts: Name -> chart, of those that the run has something for.

    Raises:
        BenchError: A value is not a finite number, or a query has two.
    """
    named = {row.name for section in sections.SECTIONS for part in section.parts for row in _chart_rows(part)}
    unnamed = tuple(ChartRow(name) for name in charts if name not in named)
    further = Section("further", "Further charts", (Part(unnamed),), short_title="Further")
    return Report(results, tuple(_fill(section, results, charts) for section in (*sections.SECTIONS, further)))


def _fill(section: Section, results: RunResults, charts: Mapping[str, Chart[Any]]) -> FilledSection:
    parts = tuple(FilledPart(part, tuple(_items(part, results, charts))) for part in section.parts)
    speaks = not parts or any(filled.shown for filled in parts)
    return FilledSection(section, section.introduction(results) if speaks else (), parts)


def _items(part: Part, results: RunResults, charts: Mapping[str, Chart[Any]]) -> Iterator[Item]:
    tables = 0
    for row in part.rows:
        if isinstance(row, ChartRow):
            yield Item(row=row, chart=charts.get(row.name))
        else:
            for table in row(results):
                yield Item(table, in_full=part.in_full is None or tables < part.in_full)
                tables += 1


def _chart_rows(part: Part) -> Iterator[ChartRow]:
    return (row for row in part.rows if isinstance(row, ChartRow))
