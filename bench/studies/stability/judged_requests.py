"""What the variants score: requests of one collection, with the judgments of their queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bench.common.errors import BenchError
from bench.measure.request import Request
from bench.studies.real_requests import open_with_candidates, read_requests


@dataclass(frozen=True, slots=True)
class JudgedRequests:
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


def read_judged_requests(folder: Path, run: Path | None, depth: int, limit: int | None) -> JudgedRequests:
    """Return the requests of a collection.

    Args:
        folder: The collection, in BEIR layout.
        run: A TREC run to take candidates from; None for BM25 over the collection.
        depth: Candidates per query, at most.
        limit: Queries, at most: the collection's first.

    Raises:
        BenchError: The collection or the run cannot be read, or no judged query has candidates.
    """
    collection, candidates = open_with_candidates(folder, run, depth)
    chosen = list(islice((query_id for query_id, ranked in candidates.items() if ranked), limit))
    if not chosen:
        raise BenchError(f"{run or folder}: none of the judged queries of {collection.name} has candidates")
    requests = read_requests(collection, candidates, chosen)
    qrels = collection.qrels()
    return JudgedRequests(collection.name, tuple(requests), {query_id: qrels[query_id] for query_id in chosen})
