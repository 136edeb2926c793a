"""Real queries with their candidates and judgments: what the variants score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bench.common.errors import BenchError
from bench.data.collections.opening import open_collection
from bench.data.dataset_spec import CandidatesSpec, DatasetSpec
from bench.data.first_stages.candidates import retrieve
from bench.run.execute import cache_dir


@dataclass(frozen=True, slots=True)
class Request:
    """A query and the candidates of its first stage, best first."""

    query_id: str
    query: str
    doc_ids: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests over one collection.

    Attributes:
        collection: Its label.
        requests: In the order of the collection's queries; none without candidates.
        qrels: Query id -> document id -> relevance, of these queries.
    """

    collection: str
    requests: tuple[Request, ...]
    qrels: Mapping[str, Mapping[str, int]]

    @property
    def pairs(self) -> int:
        """Query-passage pairs."""
        return sum(len(request.doc_ids) for request in self.requests)


def load_workload(folder: Path, run: Path | None, depth: int, limit: int | None) -> Workload:
    """Return the requests of a collection.

    Args:
        folder: The collection, in BEIR layout.
        run: A TREC run to take candidates from; None for BM25 over the collection.
        depth: Candidates per query, at most.
        limit: Queries, at most: the collection's first.

    Raises:
        BenchError: The collection or the run cannot be read, or no judged query has candidates.
    """
    dataset = DatasetSpec(path=folder)
    collection = open_collection(dataset)
    queries = collection.queries()
    source = CandidatesSpec(depth=depth, source="bm25" if run is None else "run", file=run)
    found = retrieve(collection, source, queries, cache_dir=cache_dir())
    chosen = dict(islice(((query_id, ranked) for query_id, ranked in found.items() if ranked), limit))
    if not chosen:
        raise BenchError(f"{run or folder}: none of the judged queries of {dataset.name} has candidates")
    texts = collection.texts({doc_id for ranked in chosen.values() for doc_id, _ in ranked})
    requests = tuple(
        Request(
            query_id=query_id,
            query=queries[query_id],
            doc_ids=tuple(doc_id for doc_id, _ in ranked),
            texts=tuple(texts[doc_id] for doc_id, _ in ranked),
        )
        for query_id, ranked in chosen.items()
    )
    qrels = collection.qrels()
    return Workload(dataset.name, requests, {request.query_id: qrels[request.query_id] for request in requests})
