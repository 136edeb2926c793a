"""The report's sections as the page shows them: tables to sort, charts that it draws itself, and pictures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count

from bench.report.assemble import Item, Report
from bench.report.page.embedded_images import EmbeddedImage
from bench.report.page.shown_runs import PageRuns
from bench.report.page.table_view import TableView, view, view_both
from bench.report.sections import ChartRow, Section
from bench.report.tables.table import Table


@dataclass(frozen=True)
class ItemView:
    """One of three: a table, a chart that the page draws itself, or a picture.

    Attributes:
        table: The table.
        folded: Whether the table is seen only once it is asked for.
        drawn: The chart that the page draws itself.
        image: The picture.
    """

    table: TableView | None = None
    folded: bool = False
    drawn: ChartRow | None = None
    image: EmbeddedImage | None = None


@dataclass(frozen=True)
class PartView:
    """A part of a section.

    Attributes:
        items: What there is to show.
        otherwise: What is said where there is nothing.
    """

    items: tuple[ItemView, ...]
    otherwise: str


@dataclass(frozen=True)
class SectionView:
    """A section.

    Attributes:
        section: The row of the list of sections.
        introduction: Its first paragraphs.
        parts: Its parts.
    """

    section: Section
    introduction: tuple[str, ...]
    parts: tuple[PartView, ...]

    @property
    def says_something(self) -> bool:
        """Whether there is anything beneath its heading."""
        said = any(part.items or part.otherwise for part in self.parts)
        return bool(self.introduction or self.section.page_template or said)


def section_views(
    report: Report, other: Report | None, runs: PageRuns, drawn: Collection[str], images: Mapping[str, EmbeddedImage]
) -> list[SectionView]:
    """Return the sections that have something to show or say.

    Args:
        report: The page's own run.
        other: The run beside it, or None. Every table then has its numbers too.
        runs: Both.
        drawn: Names of the charts that the page draws itself.
        images: Name -> picture, of the other charts.
    """
    there = {} if other is None else {table.name: table for table in other.tables}

    def item_views(item: Item) -> Iterator[ItemView]:
        if item.table is not None:
            if (table := _table(item.table, there.get(item.table.name), runs)) is not None:
                yield ItemView(table)
        elif item.row is not None and item.row.name in drawn:
            yield ItemView(drawn=item.row)
        elif item.row is not None and item.row.name in images:
            yield ItemView(image=images[item.row.name])

    views = []
    for filled in report.sections:
        parts = [
            PartView(tuple(view for item in part.items for view in item_views(item)), part.part.otherwise)
            for part in filled.parts
        ]
        views.append(SectionView(filled.section, filled.introduction, _folded(parts, filled.section.unfolded)))
    return [each for each in views if each.says_something]


def _folded(parts: Iterable[PartView], unfolded: int | None) -> tuple[PartView, ...]:
    """Return the parts with all tables folded but for so many, or with none folded."""
    numbers = count()
    return tuple(
        replace(
            part,
            items=tuple(
                replace(item, folded=unfolded is not None and next(numbers) >= unfolded) if item.table else item
                for item in part.items
            ),
        )
        for part in parts
    )


def _table(table: Table, there: Table | None, runs: PageRuns) -> TableView | None:
    """Return a table beside the other run's; None if neither has rows."""
    if table.frame.empty and (there is None or there.frame.empty):
        return None
    return view(table, runs.own.datasets) if there is None else view_both(table, there, runs)
