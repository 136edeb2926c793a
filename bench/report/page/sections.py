"""Where on the page a table or a chart stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bench.report.page.embedded_images import EmbeddedImage
from bench.report.page.table_view import TableView

#: Section -> beginnings of the kinds of tables and names of charts in it, in their order; the first that fits counts.
_PLACES = {
    "quality": ("quality", "judged", "comparisons", "reference", "stability"),
    "tradeoff": ("budget", "pareto", "depth", "gain", "tradeoff"),
    "latency": ("query_latency", "request_latency", "latency", "footprint", "cost"),
    "provenance": ("models", "datasets", "machine", "provenance"),
}
_REST = "further"


@dataclass
class Section:
    """What stands in a section besides what the page draws itself."""

    tables: list[TableView] = field(default_factory=list)
    figures: list[EmbeddedImage] = field(default_factory=list)


def place(tables: Mapping[str, Iterable[TableView]], images: Mapping[str, EmbeddedImage]) -> dict[str, Section]:
    """Return section -> its tables and images; what is not known stands in ``further``."""
    sections = {name: Section() for name in (*_PLACES, _REST)}
    for kind, views in sorted(tables.items(), key=lambda item: _rank(item[0])):
        sections[_section(kind)].tables += views
    for name in sorted(images, key=_rank):
        sections[_section(name)].figures.append(images[name])
    return sections


def _section(name: str) -> str:
    return next((section for section, kinds in _PLACES.items() if name.startswith(kinds)), _REST)


def _rank(name: str) -> int:
    """Return the place of a kind within its section; of unknown ones, the order given is kept."""
    kinds = _PLACES.get(_section(name), ())
    return next((number for number, kind in enumerate(kinds) if name.startswith(kind)), len(kinds))
