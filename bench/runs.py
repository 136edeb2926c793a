"""TREC run files: rankings as ``query-id Q0 document-id rank score tag``, one line a candidate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

from bench.errors import BenchError
from bench.textfile import fields, is_field, numbered_lines

Candidates = dict[str, list[tuple[str, float]]]
"""Query id -> ``(document id, first-stage score)``, best first."""


def read_run(path: Path) -> Candidates:
    """Read a run file; its queries keep the order in which the file first names them.

    Each ranking is ordered by score, then by the rank column, then by place in the file. (trec_eval ignores the
    rank column and breaks ties by document id; a reranker should see what the first stage ranked.)

    Raises:
        BenchError: The file cannot be read, or a line does not have six columns, has a rank that is no integer or a
            score that is no finite number, or names a document for the second time for its query.
    """
    rankings: dict[str, dict[str, tuple[float, int]]] = {}
    for place, line in numbered_lines(path):
        columns = fields(line)
        if len(columns) != 6:
            raise BenchError(f"{place}: {len(columns)} columns instead of 6 (query-id Q0 document-id rank score tag)")
        query_id, _, doc_id, rank, score, _ = columns
        ranking = rankings.setdefault(query_id, {})
        if doc_id in ranking:
            raise BenchError(f"{place}: document {doc_id!r} is named twice for query {query_id!r}")
        ranking[doc_id] = (-_number(score, place), _integer(rank, place))
    return {
        query_id: [(doc_id, -key[0]) for doc_id, key in sorted(ranking.items(), key=lambda item: item[1])]
        for query_id, ranking in rankings.items()
    }


def write_run(path: Path, candidates: Mapping[str, Sequence[tuple[str, float]]], tag: str) -> None:
    """Write a run file, all of it or nothing: ranks from 1, and scores that read back exactly.

    A query without candidates has no line in a run file, so reading one back does not name it.

    Args:
        path: The file; its folder is made, and a file of that name is replaced.
        candidates: Rankings, best first.
        tag: The name of the run, in its last column.

    Raises:
        BenchError: A tag or an id that is empty or has whitespace in it, so that no run file can hold it.
        ValueError: A ranking that is not best first, that repeats a document, or has a score that is not finite.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            for query_id, ranking in candidates.items():
                file.writelines(_lines(query_id, ranking, tag))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _lines(query_id: str, ranking: Sequence[tuple[str, float]], tag: str) -> Iterator[str]:
    if len({doc_id for doc_id, _ in ranking}) != len(ranking):
        raise ValueError(f"the ranking of query {query_id!r} repeats a document")
    if not all(math.isfinite(score) for _, score in ranking):
        raise ValueError(f"the ranking of query {query_id!r} has a score that is not finite")
    if not all(better >= worse for (_, better), (_, worse) in pairwise(ranking)):
        raise ValueError(f"the ranking of query {query_id!r} is not best first")
    for rank, (doc_id, score) in enumerate(ranking, start=1):
        for name in (query_id, doc_id, tag):
            if not is_field(name):
                raise BenchError(f"{name!r} cannot be written to a run file: it is empty or has whitespace in it")
        yield f"{query_id} Q0 {doc_id} {rank} {float(score)!r} {tag}\n"


def _number(text: str, place: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BenchError(f"{place}: score {text!r} is not a finite number")
    return number


def _integer(text: str, place: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BenchError(f"{place}: rank {text!r} is not an integer") from None
