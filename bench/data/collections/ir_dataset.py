"""Test collections by ir_datasets id: BEIR, NanoBEIR, MS MARCO, TREC and hundreds more."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from typing import Any

from filelock import FileLock

from bench.common.errors import BenchError, one_line
from bench.common.reach import origin_of
from bench.common.textfile import is_field
from bench.data.collections.collection import Availability, refuse_absent
from bench.data.collections.ir_datasets_internals import handler_of, home, missing_files, registry
from bench.data.collections.judgments import GRADES, GRADES_ARE, Qrels

_PARTS = ("docs", "queries", "qrels")
_MOST_NAMED = 8
_BATCH = 1000


@dataclass(frozen=True)
class IrDataset:
    """A dataset that ir_datasets knows; it is downloaded to ``$IR_DATASETS_HOME`` on first use.

    Attributes:
        name: The dataset's label.
        dataset_id: The id, such as ``beir/scifact/test``.
    """

    name: str
    dataset_id: str
    _dataset: Any = field(repr=False)

    @classmethod
    def open(cls, dataset_id: str, name: str) -> IrDataset:
        """Look up an id, without reading or downloading anything.

        Raises:
            BenchError: An unknown id, or one without documents, queries, qrels or texts.
        """
        known = registry()
        try:
            dataset = known[dataset_id]
        except KeyError:
            close = _resembling(dataset_id, [usable for usable in known if _has(known[usable], _PARTS)])
            raise BenchError(f"ir_datasets knows no dataset {dataset_id!r}{close}") from None
        lacking = [part for part in _PARTS if not _has(dataset, [part])]
        if lacking:
            below = [inner for inner in known if inner.startswith(f"{dataset_id}/")]
            inside = [inner for inner in below if _has(known[inner], _PARTS)]
            advice = f"; use one inside it: {', '.join(inside[:_MOST_NAMED])}" if inside else ""
            advice += f" and {len(inside) - _MOST_NAMED} more" if len(inside) > _MOST_NAMED else ""
            raise BenchError(f"ir_datasets has no {' and no '.join(lacking)} for {dataset_id}{advice}")
        records = [getattr(handler_of(dataset, part), f"{part}_cls")() for part in ("docs", "queries")]
        if textless := [record.__name__ for record in records if not _has_text(record)]:
            raise BenchError(f"{dataset_id}: ir_datasets does not say which field of {textless[0]} is its text")
        return cls(name, dataset_id, dataset)

    def queries(self) -> dict[str, str]:
        """Return the judged queries; ids such as ``msmarco-passage/trec-dl-2019`` have others beside them."""
        qrels = self.qrels()
        with self._reading():
            queries = {query.query_id: _text(query) for query in self._dataset.queries_iter()}
        judged = {query_id: text for query_id, text in queries.items() if query_id in qrels}
        if not judged:
            raise BenchError(f"{self.dataset_id}: none of its queries is judged")
        return judged

    def unjudged(self) -> int:
        """Return how many of its queries have no judgment."""
        qrels = self.qrels()
        with self._reading():
            return sum(query.query_id not in qrels for query in self._dataset.queries_iter())

    def qrels(self) -> Qrels:
        """Return the judgments: the highest grade of a document judged several times, by subtopic, span or person."""
        return self._judgments[0]

    def remarks(self) -> list[str]:
        """Return how many documents have several grades for one query."""
        regraded = self._judgments[1]
        said = "documents with several grades for one query, of which the highest counts"
        return [f"{said}: {regraded}"] if regraded else []

    @cached_property
    def _judgments(self) -> tuple[Qrels, int]:
        """The qrels, and how many documents have more than one grade for a query."""
        qrels: Qrels = {}
        regraded: set[tuple[str, str]] = set()
        with self._reading():
            for qrel in self._dataset.qrels_iter():
                query_id, doc_id, grade = qrel.query_id, qrel.doc_id, qrel.relevance
                if odd := [name for name in (query_id, doc_id) if not is_field(name)]:
                    raise BenchError(f"{self.dataset_id}: judged id {odd[0]!r} is empty or has whitespace or NUL in it")
                if not (isinstance(grade, int) and grade in GRADES):
                    what = f"grade {grade!r} of document {doc_id!r} for query {query_id!r}"
                    raise BenchError(f"{self.dataset_id}: {what}: {GRADES_ARE}")
                judged = qrels.setdefault(query_id, {})
                if judged.setdefault(doc_id, grade) != grade:
                    regraded.add((query_id, doc_id))
                    judged[doc_id] = max(judged[doc_id], grade)
        return qrels, len(regraded)

    def documents(self) -> Iterator[tuple[str, str]]:
        """Yield the documents, in the dataset's order."""
        self._document_store()
        with self._explaining():
            for document in self._dataset.docs_iter():
                yield document.doc_id, _text(document)

    def texts(self, doc_ids: Iterable[str]) -> dict[str, str]:
        """Return the texts of those documents, looked up in ir_datasets' document store."""
        wanted = list(dict.fromkeys(doc_ids))
        store = self._document_store()
        with self._reading():
            found = store.get_many(wanted)
        refuse_absent(self.name, [doc_id for doc_id in wanted if doc_id not in found])
        return {doc_id: _text(found[doc_id]) for doc_id in wanted}

    def absent(self, doc_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that the document store does not have."""
        wanted, store = list(set(doc_ids)), self._document_store()
        with self._reading():
            # A lookup returns whole documents, so not all at once.
            found = [set(store.get_many(wanted[start : start + _BATCH])) for start in range(0, len(wanted), _BATCH)]
        return set(wanted).difference(*found)

    def scored_documents(self) -> Iterator[tuple[str, str, float]]:
        """Yield the run that comes with the dataset."""
        self.check_scored_documents()
        with self._reading(["scoreddocs"]):
            scored = [(row.query_id, row.doc_id, row.score) for row in self._dataset.scoreddocs_iter()]
        yield from scored

    def check(self) -> Availability:
        """Tell whether documents, queries and qrels are on disk, and what first use would download."""
        return self._availability(_PARTS)

    def check_scored_documents(self) -> Availability:
        """Tell the same of the run that comes with the dataset.

        Raises:
            BenchError: The dataset comes with none.
        """
        if not _has(self._dataset, ["scoreddocs"]):
            raise BenchError(
                f"{self.dataset_id} comes with no scored documents; name a run file (source: run) or use source: bm25"
            )
        return self._availability(["scoreddocs"])

    def _availability(self, parts: Sequence[str]) -> Availability:
        from rich.filesize import decimal

        files = missing_files(self._dataset, parts)
        if not files:
            return Availability(present=True, download_bytes=0, detail=f"{self.dataset_id} in {home()}")
        sizes = [file.size_bytes for file in files]
        total = None if None in sizes else sum(size for size in sizes if size is not None)
        amount = "a download of unknown size" if total is None else f"{decimal(total)} to download"
        terms = "".join(f"; {text}" for text in dict.fromkeys(file.terms for file in files) if text)
        return Availability(
            present=False,
            download_bytes=total,
            detail=f"{self.dataset_id}: {amount} to {home()}: {', '.join(file.url for file in files)}{terms}",
            origins=tuple(dict.fromkeys(origin_of(file.url) for file in files)),
        )

    def _document_store(self) -> Any:
        """Return the document store, built."""
        with self._reading():
            store = self._dataset.docs_store()
            store.get_many([])  # has it built now, while its progress bars can be dealt with
            return store  # and is not kept: a store that outlives the interpreter prints a traceback

    @contextmanager
    def _reading(self, parts: Sequence[str] = _PARTS) -> Iterator[None]:
        """Let ir_datasets download and build files: one process at a time, progress shown on a terminal only.

        ir_datasets itself lets two processes each append a whole collection to its document store, and write to the
        same partial download.
        """
        with self._explaining(parts), ExitStack() as stack:
            if os.access(home(), os.W_OK):
                stack.enter_context(FileLock(home() / "flashrank-bench.lock"))
            if not sys.stderr.isatty():
                stack.enter_context(redirect_stderr(StringIO()))
            yield

    @contextmanager
    def _explaining(self, parts: Sequence[str] = _PARTS) -> Iterator[None]:
        """Turn whatever goes wrong in ir_datasets into one line."""
        try:
            yield
        except BenchError:
            raise
        except Exception as error:
            # Anything may come up: assertions, KeyError, OSError, those of requests, zipfile, json and pyarrow.
            raise BenchError(f"{self.dataset_id}: {self._what_failed(parts)} ({one_line(error)})") from error

    def _what_failed(self, parts: Sequence[str]) -> str:
        files = missing_files(self._dataset, parts)
        if not files:
            return f"ir_datasets cannot read its files in {home()}; if they are damaged, remove them"
        by_hand = f", or put a copy at {files[0].path}" if files[0].path is not None else ""
        return f"cannot download {files[0].url}: try again{by_hand}"


def _has(dataset: Any, parts: Iterable[str]) -> bool:
    return all(dataset.has(part) for part in parts)


def _resembling(dataset_id: str, known: Sequence[str]) -> str:
    close = [name for name in known if dataset_id in name][:3] or difflib.get_close_matches(dataset_id, known)
    return f"; did you mean {' or '.join(close)}?" if close else " (https://ir-datasets.com lists them)"


def _has_text(record: type) -> bool:
    return hasattr(record, "default_text") or hasattr(record, "text")


def _text(record: Any) -> str:
    """Return a query's or document's text, made of the fields that ir_datasets says make it up."""
    return str(record.default_text() if hasattr(record, "default_text") else record.text).strip()
