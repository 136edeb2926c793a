"""Test collections in folders: ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/test.tsv``, as BEIR lays them out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from bench.collections.base import texts_of
from bench.errors import BenchError
from bench.textfile import is_field, numbered_lines

CORPUS, QUERIES, QRELS = "corpus.jsonl", "queries.jsonl", "qrels/test.tsv"

_QRELS_HEADER = ["query-id", "corpus-id", "score"]


@dataclass(frozen=True)
class BeirFolder:
    """A collection in a folder; its documents stay in memory once they have been read.

    Lines are refused, with file and line number, rather than skipped: a document that silently goes missing moves
    every number.

    Attributes:
        name: The dataset's label.
        path: The folder.
    """

    name: str
    path: Path

    def check(self) -> None:
        """Raise BenchError unless the folder has its three files."""
        if not self.path.is_dir():
            raise BenchError(f"{self.path}: no such folder (dataset {self.name})")
        missing = [file for file in (CORPUS, QUERIES, QRELS) if not (self.path / file).is_file()]
        if missing:
            raise BenchError(
                f"{self.path}: {', '.join(missing)} missing; a collection's folder has {CORPUS}, {QUERIES} and {QRELS}"
            )

    def queries(self) -> dict[str, str]:
        """Return the judged queries; queries of other splits stay out."""
        qrels = self.qrels()
        queries = {
            query_id: _string(record, "text", place).strip()
            for place, query_id, record in _records(self.path / QUERIES)
            if query_id in qrels
        }
        unknown = [query_id for query_id in qrels if query_id not in queries]
        if unknown:
            raise BenchError(
                f"{self.path / QRELS}: {len(unknown)} judged queries are not in {QUERIES}, the first is {unknown[0]!r}"
            )
        return queries

    def qrels(self) -> dict[str, dict[str, int]]:
        """Return the judgments of ``qrels/test.tsv``."""
        path = self.path / QRELS
        lines = ((place, line.rstrip("\r\n").split("\t")) for place, line in numbered_lines(path))
        place, header = next(lines, (f"{path}:1", []))
        if header != _QRELS_HEADER:
            raise BenchError(f"{place}: the first line must be the tab-separated header {' '.join(_QRELS_HEADER)}")
        qrels: dict[str, dict[str, int]] = {}
        for place, columns in lines:
            if len(columns) != 3:
                raise BenchError(f"{place}: {len(columns)} tab-separated columns instead of 3")
            query_id, doc_id, relevance = columns
            judged = qrels.setdefault(query_id, {})
            if doc_id in judged:
                raise BenchError(f"{place}: document {doc_id!r} is judged twice for query {query_id!r}")
            try:
                judged[doc_id] = int(relevance)
            except ValueError:
                raise BenchError(f"{place}: relevance {relevance!r} is not an integer") from None
        if not qrels:
            raise BenchError(f"{path}: no judgments")
        return qrels

    def documents(self) -> Iterator[tuple[str, str]]:
        """Yield the documents of ``corpus.jsonl``, in its order."""
        yield from self._documents.items()

    def texts(self, doc_ids: Iterable[str]) -> dict[str, str]:
        """Return the texts of those documents."""
        return texts_of(self._documents, doc_ids, self.name)

    def scored_documents(self) -> NoReturn:
        """Raise BenchError: the layout has no place for a run."""
        raise BenchError(
            f"{self.path}: a folder comes with no scored documents; name a run file (source: run) or use source: bm25"
        )

    @cached_property
    def _documents(self) -> dict[str, str]:
        path = self.path / CORPUS
        documents = {doc_id: _document_text(record, place) for place, doc_id, record in _records(path)}
        if not documents:
            raise BenchError(f"{path}: no documents")
        return documents


def _document_text(record: dict[str, Any], place: str) -> str:
    title = "" if record.get("title") is None else _string(record, "title", place)
    return f"{title} {_string(record, 'text', place)}".strip()


def _records(path: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield place, id and the whole object of every line of a JSON Lines file."""
    seen: set[str] = set()
    for place, line in numbered_lines(path):
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise BenchError(f"{place}: not JSON: {error.msg} (column {error.colno})") from error
        if not isinstance(record, dict):
            raise BenchError(f"{place}: not a JSON object")
        identifier = _string(record, "_id", place)
        if not is_field(identifier):
            raise BenchError(f"{place}: `_id` {identifier!r} is empty or has whitespace in it")
        if identifier in seen:
            raise BenchError(f"{place}: `_id` {identifier!r} was used on an earlier line")
        seen.add(identifier)
        yield place, identifier, record


def _string(record: dict[str, Any], key: str, place: str) -> str:
    value = record.get(key)
    if not isinstance(value, str):
        raise BenchError(f"{place}: `{key}` is {'missing' if key not in record else 'not a string'}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        # JSON can escape one half of a surrogate pair; no tokenizer takes that.
        raise BenchError(f"{place}: `{key}` is not Unicode text: {error.reason}") from error
    return value
