"""TREC run files: rankings as ``query-id Q0 document-id rank score tag``, one line a candidate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from bench.common.atomic import whole_file
from bench.common.errors import BenchError
from bench.common.numbers import finite_number
from bench.common.textfile import fields, is_field, numbered_lines
from bench.data.ties import as_read, best_first

Candidates = dict[str, list[tuple[str, float]]]
"""Query id -> ``(document id, first-stage score)``, best first."""

COLUMNS = "query-id Q0 document-id rank score tag"


def read_run(path: Path) -> Candidates:
    """Read a run file; its queries keep the order in which the file first names them.

    The file may be gzipped. Each ranking is in the order of ``bench.data.ties``, which is trec_eval's: the rank column
    and the place in the file say nothing.

    Raises:
        BenchError: The file cannot be read, or a line does not have six columns, has a score that is no finite
            number, has an id with a NUL in it, or names a document for the second time for its query.
    """
    rankings: dict[str, dict[str, float]] = {}
    for place, query_id, doc_id, score in _rows(path):
        ranking = rankings.setdefault(query_id, {})
        if doc_id in ranking:
            raise BenchError(f"{place}: document {doc_id!r} is named twice for query {query_id!r}")
        ranking[doc_id] = score
    return {query_id: best_first(ranking.items()) for query_id, ranking in rankings.items()}


def _rows(path: Path) -> Iterator[tuple[str, str, str, float]]:
    """Yield place, query id, document id and score of every line."""
    for place, line in numbered_lines(path):
        columns = fields(line)
        if len(columns) != 6:
            raise BenchError(f"{place}: {len(columns)} columns instead of 6 ({COLUMNS})")
        query_id, _, doc_id, _, score, _ = columns
        for name in (query_id, doc_id):
            if not is_field(name):
                raise BenchError(f"{place}: id {name!r} has a NUL in it, where trec_eval would end it")
        number = finite_number(score)
        if number is None:
            raise BenchError(f"{place}: score {score!r} is not a finite number")
        yield place, query_id, doc_id, number


def write_run(path: Path, candidates: Mapping[str, Sequence[tuple[str, float]]], tag: str) -> None:
    """Write a run file, all of it or nothing: ranks from 1, and scores that read back exactly.

    A query without candidates has no line in a run file, so reading one back does not name it.

    Args:
        path: The file; its folder is made, and a file of that name is replaced.
        candidates: Rankings, best first.
        tag: The name of the run, in its last column.

    Raises:
        BenchError: A tag or an id that is empty or has whitespace or NUL in it, so that no run file can hold it.
        ValueError: A ranking that is not best first, that repeats a document, or has a score that is not finite.
    """
    with whole_file(path) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        for query_id, ranking in candidates.items():
            file.writelines(_lines(query_id, ranking, tag))


def _lines(query_id: str, ranking: Sequence[tuple[str, float]], tag: str) -> Iterator[str]:
    if len({doc_id for doc_id, _ in ranking}) != len(ranking):
        raise ValueError(f"the ranking of query {query_id!r} repeats a document")
    if not all(math.isfinite(score) for _, score in ranking):
        raise ValueError(f"the ranking of query {query_id!r} has a score that is not finite")
    if not all(better >= worse for better, worse in pairwise(as_read([score for _, score in ranking]))):
        raise ValueError(f"the ranking of query {query_id!r} is not best first")
    for rank, (doc_id, score) in enumerate(ranking, start=1):
        for name in (query_id, doc_id, tag):
            if not is_field(name):
                raise BenchError(f"{name!r} cannot be written to a run file: empty, or with whitespace or NUL")
        yield f"{query_id} Q0 {doc_id} {rank} {float(score)!r} {tag}\n"
