"""Requests that studies send: queries of a collection with the candidates of a first stage."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.data.collections.collection import Collection
from bench.data.collections.opening import open_collection
from bench.data.dataset_spec import CandidatesSpec, DatasetSpec
from bench.data.first_stages.bm25 import indexes_dir
from bench.data.first_stages.candidates import retrieve
from bench.data.runs import Candidates
from bench.measure.request import Request


def open_with_candidates(folder: Path, run: Path | None, depth: int) -> tuple[Collection, Candidates]:
    """Open a collection and return it with the candidates of its judged queries.

    Args:
        folder: The collection, in BEIR layout.
        run: A TREC run to take candidates from; None for BM25 over the collection.
        depth: Candidates per query, at most.

    Raises:
        BenchError: The collection or the run cannot be read.
    """
    collection = open_collection(DatasetSpec(path=folder))
    source = CandidatesSpec(depth=depth, source="bm25" if run is None else "run", file=run)
    return collection, retrieve(collection, source, collection.queries(), cache_dir=indexes_dir())


def read_requests(collection: Collection, candidates: Candidates, query_ids: Iterable[str]) -> list[Request]:
    """Return a request for each of ``query_ids``, with the texts of all its candidates.

    Raises:
        BenchError: The collection cannot be read.
    """
    chosen, queries = list(query_ids), collection.queries()
    texts = collection.texts({doc_id for query_id in chosen for doc_id, _ in candidates[query_id]})
    ranked = {query_id: tuple(doc_id for doc_id, _ in candidates[query_id]) for query_id in chosen}
    return [
        Request(query_id, queries[query_id], ranked[query_id], tuple(texts[doc_id] for doc_id in ranked[query_id]))
        for query_id in chosen
    ]
