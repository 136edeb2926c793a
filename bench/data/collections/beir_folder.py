"""Test collections in folders: ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/test.tsv``, as BEIR lays them out."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, starmap
from pathlib import Path
from typing import Any, NoReturn

from bench.common.errors import BenchError
from bench.common.numbers import whole_number
from bench.common.textfile import check_readable, is_field, numbered_lines
from bench.data.collections.collection import texts_of
from bench.data.collections.judgments import GRADES, GRADES_ARE, Qrels

CORPUS, QUERIES, QRELS = "corpus.jsonl", "queries.jsonl", "qrels/test.tsv"

_COLUMNS = ("query-id", "corpus-id", "score")


@dataclass(frozen=True)
class BeirFolder:
    """A collection in a folder, its files plain or gzipped; of its documents, only the ids are kept once read.

    Lines are refused, with file and line number, rather than skipped: a document that silently goes missing moves
    every number.

    Attributes:
        name: The dataset's label.
        path: The folder.
    """

    name: str
    path: Path
    _doc_ids: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def check(self) -> None:
        """Raise BenchError unless the folder has its three files, each once, plain or gzipped."""
        if not self.path.is_dir():
            raise BenchError(f"{self.path}: no such folder (dataset {self.name})")
        missing = [file for file in (CORPUS, QUERIES, QRELS) if not self._file(file).is_file()]
        for file in missing:
            for other in sorted(self.path.glob(f"{file}.*")):
                check_readable(other)
        if missing:
            raise BenchError(
                f"{self.path}: {', '.join(missing)} missing; a collection's folder has {CORPUS}, {QUERIES} and {QRELS}"
                ", plain or gzipped"
            )
        for file in (CORPUS, QUERIES, QRELS):
            if (self.path / file).is_file() and (self.path / f"{file}.gz").is_file():
                raise BenchError(f"{self.path}: both {file} and {file}.gz; remove the one that is not meant")

    def check_judgments(self) -> None:
        """Read the queries, the qrels and the first document, and raise BenchError for what is wrong with them."""
        self.queries()
        next(self.documents())

    def queries(self) -> dict[str, str]:
        """Return the judged queries; queries of other splits stay out."""
        qrels, path = self.qrels(), self._file(QUERIES)
        queries = {
            query_id: _string(record, "text", place).strip()
            for place, query_id, record in _records(path)
            if query_id in qrels
        }
        unknown = [query_id for query_id in qrels if query_id not in queries]
        if unknown:
            raise BenchError(
                f"{self._file(QRELS)}: {len(unknown)} judged queries are not in {path.name}, "
                f"the first is {unknown[0]!r}"
            )
        return queries

    def unjudged(self) -> int:
        """Return how many queries no file of ``qrels`` judges: those of other splits are not left out."""
        own = self._file(QRELS)
        files = [path for pattern in ("*.tsv", "*.tsv.gz") for path in own.parent.glob(pattern)]
        others = [path for path in files if path != own and not path.name.startswith(".")]
        judged = set(self.qrels()).union(*map(_judged_queries, others))
        return sum(query_id not in judged for _, query_id, _ in _records(self._file(QUERIES)))

    def qrels(self) -> Qrels:
        """Return the judgments of ``qrels/test.tsv``.

        They are read as BEIR's own loader reads them: the first line is a header, whatever it calls the columns, a
        column may be quoted as in CSV, and columns beyond the third do not count.
        """
        path = self._file(QRELS)
        lines = ((place, _columns(place, line)) for place, line in numbered_lines(path))
        place, header = next(lines, (f"{path}:1", []))
        if len(header) < len(_COLUMNS) or _like_a_grade(header[2]):
            raise BenchError(f"{place}: the first line must be the tab-separated header {' '.join(_COLUMNS)}")
        qrels: Qrels = {}
        for place, columns in lines:
            if len(columns) < len(_COLUMNS):
                raise BenchError(f"{place}: {len(columns)} tab-separated columns instead of {len(_COLUMNS)}")
            query_id, doc_id, relevance = columns[:3]
            _refuse_as_id(query_id, "query-id", place)
            _refuse_as_id(doc_id, "corpus-id", place)
            judged = qrels.setdefault(query_id, {})
            if doc_id in judged:
                raise BenchError(f"{place}: document {doc_id!r} is judged twice for query {query_id!r}")
            grade = whole_number(relevance)
            if grade is None or grade not in GRADES:
                kind = "not an integer" if grade is None else "out of range"
                raise BenchError(f"{place}: relevance {relevance!r:.40} is {kind}: {GRADES_ARE}")
            judged[doc_id] = grade
        if not qrels:
            raise BenchError(f"{path}: no judgments")
        return qrels

    def documents(self) -> Iterator[tuple[str, str]]:
        """Yield the documents of ``corpus.jsonl``, in its order."""
        path, doc_ids = self._file(CORPUS), set[str]()
        for place, doc_id, record in _records(path, doc_ids):
            yield doc_id, _document_text(record, place)
        if not doc_ids:
            raise BenchError(f"{path}: no documents")
        self._doc_ids.update(doc_ids)

    def texts(self, doc_ids: Iterable[str]) -> dict[str, str]:
        """Return the texts of those documents, found in one pass over all."""
        wanted = dict.fromkeys(doc_ids)
        return texts_of({doc_id: text for doc_id, text in self.documents() if doc_id in wanted}, wanted, self.name)

    def absent(self, doc_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that ``corpus.jsonl`` does not have; it is read unless it has been, to its end."""
        if not self._doc_ids:
            for _ in self.documents():
                pass
        return set(doc_ids) - self._doc_ids

    def remarks(self) -> list[str]:
        """Return nothing: a document that is judged twice for a query is refused."""
        return []

    def scored_documents(self) -> NoReturn:
        """Raise BenchError: the layout has no place for a run."""
        raise BenchError(
            f"{self.path}: a folder comes with no scored documents; name a run file (source: run) or use source: bm25"
        )

    def _file(self, name: str) -> Path:
        """Return where one of the three files is."""
        plain, gzipped = self.path / name, self.path / f"{name}.gz"
        return gzipped if gzipped.is_file() and not plain.is_file() else plain


def _like_a_grade(text: str) -> bool:
    """Tell whether what should name a column is a grade, be it a wrong one: the first judgment would go unread."""
    return any(map(str.isdigit, text)) or text.strip("+- ").lower() in ("", "nan", "inf", "infinity")


def _judged_queries(path: Path) -> set[str]:
    """Return the ids in another split's qrels; none of a file that is not one, as it decides no number."""
    try:
        return {columns[0] for columns in islice(starmap(_columns, numbered_lines(path)), 1, None)}
    except BenchError:
        return set()


def _columns(place: str, line: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter="\t", strict=True))
    except csv.Error as error:
        raise BenchError(f"{place}: not tab-separated columns, quoted as in CSV or not: {error}") from error


def _document_text(record: dict[str, Any], place: str) -> str:
    title = "" if record.get("title") is None else _string(record, "title", place)
    return f"{title} {_string(record, 'text', place)}".strip()


def _records(path: Path, seen: set[str] | None = None) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield place, id and the whole object of every line of a JSON Lines file; its ids are put into ``seen``."""
    seen = set() if seen is None else seen
    for place, line in numbered_lines(path):
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise BenchError(f"{place}: not JSON: {error.msg} (column {error.colno})") from error
        except (ValueError, RecursionError) as error:
            # Thousands of digits, or of brackets.
            raise BenchError(f"{place}: not JSON that can be read: {error}") from error
        if not isinstance(record, dict):
            raise BenchError(f"{place}: not a JSON object")
        identifier = _string(record, "_id", place)
        _refuse_as_id(identifier, "_id", place)
        if identifier in seen:
            raise BenchError(f"{place}: `_id` {identifier!r} was used on an earlier line")
        seen.add(identifier)
        yield place, identifier, record


def _refuse_as_id(text: str, column: str, place: str) -> None:
    """Raise BenchError for what cannot be an id in a run file, or reads like another id."""
    if not is_field(text) or text != text.strip():
        raise BenchError(f"{place}: `{column}` {text!r} is empty or has whitespace or NUL in it")


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
