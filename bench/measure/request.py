"""Requests of real queries: what worker processes are asked."""

from __future__ import annotations

from dataclasses import dataclass

from bench.data.task import Task


@dataclass(frozen=True, slots=True)
class Request:
    """A query and the passages to rerank for it.

    Attributes:
        query_id: The query.
        query: Its text.
        doc_ids: The passages' documents, best first by the first stage.
        texts: Their texts, in the same order.
    """

    query_id: str
    query: str
    doc_ids: tuple[str, ...]
    texts: tuple[str, ...]


def task_requests(task: Task, passages: int) -> list[Request]:
    """Return a request for every query of ``task`` that has candidates, with its first ``passages`` of them."""
    requests = []
    for query_id, query in task.queries.items():
        doc_ids = tuple(doc_id for doc_id, _ in task.candidates.get(query_id, ())[:passages])
        if doc_ids:
            requests.append(Request(query_id, query, doc_ids, tuple(task.texts[doc_id] for doc_id in doc_ids)))
    return requests
