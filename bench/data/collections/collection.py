"""What a test collection is, wherever its files come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.common.errors import BenchError


class Collection(Protocol):
    """Documents, the judged queries and their judgments. Nothing is read before a method is called.

    Every method raises BenchError when what it needs cannot be had: a download that fails, a broken line.
    """

    @property
    def name(self) -> str:
        """The dataset's label."""
        ...

    def queries(self) -> dict[str, str]:
        """Return query id -> text of the queries that have judgments, in the order of their file."""
        ...

    def unjudged(self) -> int:
        """Return how many queries are left out because nothing is judged for them."""
        ...

    def qrels(self) -> dict[str, dict[str, int]]:
        """Return query id -> document id -> relevance.

        Judged documents need not be in the collection: pools were often drawn from larger ones.
        """
        ...

    def documents(self) -> Iterator[tuple[str, str]]:
        """Yield ``(document id, text)`` of the whole collection, in its own order.

        The text is the title, a space and the body, with no whitespace around it.
        """
        ...

    def texts(self, doc_ids: Iterable[str]) -> dict[str, str]:
        """Return document id -> text of those documents, without a pass over the others where the source allows it.

        Raises:
            BenchError: Documents that the collection does not have.
        """
        ...

    def absent(self, doc_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that no document has, without keeping a text."""
        ...

    def remarks(self) -> list[str]:
        """Return notes on its judgments, to be shown beside numbers, a line each."""
        ...

    def scored_documents(self) -> Iterator[tuple[str, str, float]]:
        """Yield ``(query id, document id, score)`` of the run that comes with the dataset.

        Raises:
            BenchError: The dataset comes with none.
        """
        ...


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether what an experiment needs is on disk. What can never be had is a BenchError instead.

    Attributes:
        present: Everything is on disk; otherwise it is downloaded on first use.
        download_bytes: Bytes that first use downloads: 0 when present, None when the size is not known.
        detail: One line for a person: where it is, or what is fetched from where.
        origins: Scheme and host of every place that first use downloads from.
    """

    present: bool
    download_bytes: int | None
    detail: str
    origins: tuple[str, ...] = ()


def texts_of(found: Mapping[str, str], doc_ids: Iterable[str], name: str) -> dict[str, str]:
    """Return document id -> text, in the order of the ids asked for.

    Args:
        found: Texts of documents, with others among them or not.
        doc_ids: The documents asked for.
        name: What the collection is called.

    Raises:
        BenchError: Documents that were not found.
    """
    wanted = list(dict.fromkeys(doc_ids))
    refuse_absent(name, [doc_id for doc_id in wanted if doc_id not in found])
    return {doc_id: found[doc_id] for doc_id in wanted}


def refuse_absent(name: str, missing: Sequence[str]) -> None:
    """Raise BenchError if any of the documents asked for is not in the collection called ``name``."""
    if not missing:
        return
    raise BenchError(
        f"{name}: {len(missing)} of the documents asked for are not in the collection, the first is {missing[0]!r}: "
        "were the candidates made for another collection?"
    )
