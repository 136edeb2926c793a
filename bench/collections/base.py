"""What a test collection is, wherever its files come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from bench.errors import BenchError


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


def texts_of(documents: Mapping[str, str], doc_ids: Iterable[str], name: str) -> dict[str, str]:
    """Return document id -> text of those documents of a collection that is in memory.

    Raises:
        BenchError: Documents that the collection called ``name`` does not have.
    """
    wanted = list(dict.fromkeys(doc_ids))
    missing = [doc_id for doc_id in wanted if doc_id not in documents]
    if missing:
        raise BenchError(missing_documents(name, missing))
    return {doc_id: documents[doc_id] for doc_id in wanted}


def missing_documents(name: str, missing: list[str]) -> str:
    """Word the error of a lookup that did not find all documents."""
    return (
        f"{name}: {len(missing)} of the documents asked for are not in the collection, the first is {missing[0]!r}: "
        "were the candidates made for another collection?"
    )
