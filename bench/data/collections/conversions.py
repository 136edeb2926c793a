"""Public sources as folders in BEIR layout: each conversion does what was done to the collections that were measured.

Runs of whitespace become one space everywhere: the classics are files of lines.
"""

from __future__ import annotations

import csv
import io
import re
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.data.collections.ir_datasets_internals import registry

#: Downloads what a URL names and returns its bytes.
Download = Callable[[str], bytes]


@dataclass(frozen=True)
class Converted:
    """A collection in memory.

    Attributes:
        documents: Document id -> title and text, in the source's order.
        queries: Query id -> text.
        qrels: Query id -> document id -> relevance.
        run: Query id -> (document id, score), best first; None where the collection has none of its own.
    """

    documents: dict[str, tuple[str, str]]
    queries: dict[str, str]
    qrels: dict[str, dict[str, int]]
    run: dict[str, list[tuple[str, float]]] | None = None


def cranfield(_: Download) -> Converted:
    """Return Cranfield from ir_datasets: texts without the title that they repeat, every judged document relevant."""
    dataset = registry()["cranfield"]
    documents = {}
    for doc in dataset.docs_iter():
        title, text = _line(doc.title), _line(doc.text)
        documents[doc.doc_id] = title, text.removeprefix(title).strip()
    qrels = _qrels((row.query_id, row.doc_id, 1) for row in dataset.qrels_iter())
    return Converted(documents, {row.query_id: _line(row.text) for row in dataset.queries_iter()}, qrels)


def vaswani(_: Download) -> Converted:
    """Return Vaswani (NPL) from ir_datasets, in small letters: its queries are in capitals."""
    dataset = registry()["vaswani"]
    documents = {doc.doc_id: ("", _line(doc.text).lower()) for doc in dataset.docs_iter()}
    queries = {row.query_id: _line(row.text).lower() for row in dataset.queries_iter()}
    qrels = _qrels((row.query_id, row.doc_id, 1) for row in dataset.qrels_iter())
    return Converted(documents, queries, qrels)


def dl19_pool(run_url: str, depth: int = 100) -> Callable[[Download], Converted]:
    """Return what makes the judged pool of TREC DL 2019's passages from ir_datasets, with BM25's run of it.

    Args:
        run_url: A TREC run of BM25. Of its first ``depth`` passages a query, those that are judged make the run; scores
            are float32, as the searcher that wrote them had them.
        depth: Passages a query that are looked at.
    """

    def convert(download: Download) -> Converted:
        dataset = registry()["msmarco-passage/trec-dl-2019/judged"]
        qrels = _qrels((row.query_id, row.doc_id, row.relevance) for row in dataset.qrels_iter())
        judged = dict.fromkeys(doc_id for relevance in qrels.values() for doc_id in relevance)
        found = dataset.docs_store().get_many(list(judged))
        documents = {doc_id: ("", _line(found[doc_id].text)) for doc_id in judged}
        queries = {row.query_id: _line(row.text) for row in dataset.queries_iter() if row.query_id in qrels}
        run: dict[str, list[tuple[str, float]]] = {}
        for line in download(run_url).decode("utf-8").splitlines():
            query_id, _, doc_id, rank, score, _ = line.split()
            if int(rank) <= depth and doc_id in qrels.get(query_id, {}):
                run.setdefault(query_id, []).append((doc_id, float(np.float32(score))))
        return Converted(documents, queries, qrels, run)

    return convert


def medline(url: str) -> Callable[[Download], Converted]:
    """Return what makes Medline (1,033 abstracts) from its archive of ``MED.ALL``, ``MED.QRY`` and ``MED.REL``."""

    def convert(download: Download) -> Converted:
        files = {}
        with tarfile.open(fileobj=io.BytesIO(download(url))) as archive:
            for member in archive:
                if (content := archive.extractfile(member)) is not None:
                    files[Path(member.name).name] = content.read().decode("latin-1")
        documents = {identifier: ("", text) for identifier, text in _smart(files["MED.ALL"]).items()}
        rows = (line.split() for line in files["MED.REL"].splitlines() if line.strip())
        return Converted(documents, _smart(files["MED.QRY"]), _qrels((row[0], row[2], 1) for row in rows))

    return convert


def epqa(url: str) -> Callable[[Download], Converted]:
    """Return what makes ePQA from its CSV of questions and candidates: a candidate is a document of its own."""

    def convert(download: Download) -> Converted:
        rows = list(csv.DictReader(io.StringIO(download(url).decode("utf-8"), newline="")))
        documents = {row["qa_pair_id"]: (row["title"], _line(row["candidate"])) for row in rows}
        queries = {row["qid"]: _line(row["question"]) for row in rows}
        return Converted(documents, queries, _qrels((row["qid"], row["qa_pair_id"], int(row["label"])) for row in rows))

    return convert


def _line(text: str) -> str:
    return " ".join(text.split())


def _qrels(rows: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    qrels: dict[str, dict[str, int]] = {}
    for query_id, doc_id, relevance in rows:
        qrels.setdefault(query_id, {})[doc_id] = relevance
    return qrels


def _smart(text: str) -> dict[str, str]:
    """Return id -> text of a file in SMART's format: ``.I 7``, ``.W``, and the text's lines."""
    entries = re.split(r"^\.I\s+(\S+)\s*$", text, flags=re.MULTILINE)[1:]
    pairs = zip(entries[::2], entries[1::2], strict=True)
    return {identifier: _line(re.sub(r"^\.W\s*$", "", body, flags=re.MULTILINE)) for identifier, body in pairs}
