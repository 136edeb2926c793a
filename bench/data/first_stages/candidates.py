"""First stages: the passages of each query that are worth reranking."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from bench.common.errors import BenchError
from bench.common.textfile import is_field
from bench.data.collections.collection import Availability, Collection, refuse_absent
from bench.data.collections.opening import at_hand, check_scored_documents
from bench.data.dataset_spec import CandidatesSpec, DatasetSpec, QuerySubset
from bench.data.first_stages import bm25
from bench.data.first_stages.analyzers import analyzer_of
from bench.data.runs import COLUMNS, Candidates, read_run
from bench.data.ties import best_first


def retrieve(
    collection: Collection,
    spec: CandidatesSpec,
    queries: Mapping[str, str],
    *,
    exclude_self: bool = False,
    cache_dir: Path,
    language: str = "en",
) -> Candidates:
    """Return the candidates of every query in the order of ``bench.data.ties``, ``spec.depth`` of them at most.

    Args:
        collection: Where BM25 searches, or whose own run is taken.
        spec: Which first stage, how deep, and its parameters.
        queries: Query id -> text. Other queries of a run are left out; a query that a run lacks has no candidates.
        exclude_self: Drop the document whose id is the query's own, and take the next instead.
        cache_dir: Where BM25 indexes are kept.
        language: Of documents and queries: what counts as a word for BM25.

    Raises:
        BenchError: A run that cannot be read or has none of the queries, a collection that comes with no run or with
            one that cannot be cut at ``spec.depth``, a document id that no run file can hold, or what
            ``bm25.search`` raises.
    """
    if not queries:
        return {}
    if spec.source == "bm25":
        # One more, should the query itself be among them.
        depth = spec.depth + exclude_self
        ranked = bm25.search(
            collection, queries, k1=spec.k1, b=spec.b, depth=depth, cache_dir=cache_dir, language=language
        )
    elif spec.file is not None:
        ranked = _of_queries(queries, read_run_file(spec.file), str(spec.file))
    else:
        ranked = _of_queries(queries, _scored_documents(collection, spec.depth), f"the run of {collection.name}")
    candidates = {
        query_id: best_first((doc_id, score) for doc_id, score in ranking if not (exclude_self and doc_id == query_id))[
            : spec.depth
        ]
        for query_id, ranking in ranked.items()
    }
    for doc_id in (doc_id for ranking in candidates.values() for doc_id, _ in ranking):
        if not is_field(doc_id):
            raise BenchError(
                f"{collection.name}: no run file can hold document id {doc_id!r}: empty, or with whitespace or NUL"
            )
    return candidates


def check_candidates(spec: CandidatesSpec, dataset: DatasetSpec, subset: QuerySubset) -> Availability:
    """Tell whether a first stage's input is on disk, and if not, what its first use downloads. Downloads nothing.

    Args:
        spec: The first stage.
        dataset: What it searches, or comes with.
        subset: Which of the dataset's queries are used.

    Raises:
        BenchError: The run file cannot be read or has none of the queries, as far as these are ``at_hand``, or the
            dataset comes with no run.
    """
    if spec.source == "scoreddocs":
        return check_scored_documents(dataset)
    if spec.file is None:
        return Availability(present=True, download_bytes=0, detail="BM25, indexed on first use")
    if not spec.file.is_file():
        raise BenchError(f"{spec.file}: no such run file (candidates of {dataset.name})")
    run, queries = read_run_file(spec.file), dict[str, str]()
    with suppress(BenchError):  # what is wrong with the dataset itself is told of the dataset
        if (collection := at_hand(dataset)) is not None:
            queries = subset.select(collection.queries())
    if queries:
        _of_queries(queries, run, str(spec.file))
    return Availability(present=True, download_bytes=0, detail=f"run file {spec.file}")


def first_stage_note(spec: CandidatesSpec, dataset: DatasetSpec) -> str:
    """Return how BM25 reads a dataset of another language than English, for beside its numbers; else nothing."""
    if spec.source != "bm25" or dataset.language == "en":
        return ""
    return f"BM25 in {dataset.language}: {analyzer_of(dataset.language).describe()}"


def idle_note(candidates: Candidates) -> list[str]:
    """Return what to say of queries without candidates: a line, or none."""
    idle = sum(not ranking for ranking in candidates.values())
    return [f"queries without candidates, which count 0: {idle} of {len(candidates)}"] if idle else []


def check_fit(candidates: Candidates, collection: Collection) -> None:
    """Check before any work that the candidates are of this collection.

    Raises:
        BenchError: It does not have one of them.
    """
    doc_ids = {doc_id: None for ranking in candidates.values() for doc_id, _ in ranking}
    absent = collection.absent(doc_ids)
    refuse_absent(collection.name, [doc_id for doc_id in doc_ids if doc_id in absent])


def read_run_file(path: Path) -> Candidates:
    """Return the candidates in a run file, which is read once as long as it stays the same; they are not to be changed.

    Raises:
        BenchError: It cannot be read, is no run file, or has no candidates.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise BenchError(f"{path}: cannot be read: {error.strerror}") from error
    return _read_version(path, stat.st_ino, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=1)
def _read_version(path: Path, *_version: int) -> Candidates:
    run = read_run(path)
    if not run:
        raise BenchError(f"{path}: no candidates ({COLUMNS})")
    return run


def _of_queries(queries: Mapping[str, str], ranked: Candidates, source: str) -> Candidates:
    if not any(query_id in ranked for query_id in queries):
        raise BenchError(
            f"{source} has none of the {len(queries)} queries (such as {next(iter(queries))!r}): "
            "was it made for another collection?"
        )
    return {query_id: ranked.get(query_id, []) for query_id in queries}


def _scored_documents(collection: Collection, depth: int) -> Candidates:
    found: dict[str, dict[str, float]] = {}
    place = f"the run of {collection.name}"
    for query_id, doc_id, score in collection.scored_documents():
        scores = found.setdefault(query_id, {})
        if doc_id in scores:
            raise BenchError(f"{place}: document {doc_id!r} is named twice for query {query_id!r}")
        if not _is_finite(score):
            raise BenchError(
                f"{place}: score {score!r:.40} of document {doc_id!r} for query {query_id!r} is not a finite number"
            )
        scores[doc_id] = score
    ranked = {query_id: list(scores.items()) for query_id, scores in found.items()}
    for ranking in ranked.values():
        # MS MARCO's runs come without scores and in no order, so nothing tells their best documents from the rest.
        if len(ranking) > depth and len({score for _, score in ranking}) == 1:
            raise BenchError(
                f"{place} has no scores to cut it by: set depth to {len(ranking)} or more, or use source: bm25"
            )
    return ranked


def _is_finite(score: object) -> bool:
    return isinstance(score, int | float) and abs(score) <= sys.float_info.max
