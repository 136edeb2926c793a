"""What is reranked on one dataset, once it has been read."""

from __future__ import annotations

from dataclasses import dataclass

from bench.data.runs import Candidates


@dataclass(frozen=True)
class Task:
    """What is reranked on one dataset: the chosen queries with their judgments, candidates and texts.

    Attributes:
        dataset: The dataset's label.
        first_stage: Label of where the candidates come from.
        queries: Query id -> text.
        qrels: Query id -> document id -> relevance, of these queries only.
        candidates: Query id -> (document id, first-stage score), best first.
        texts: Document id -> title and text, of the candidates only.
        unjudged: Queries of the dataset that are left out because nothing is judged for them.
        remarks: What does not fit together in its queries, judgments, documents and candidates, a line each.
        relevant_from: The lowest grade that is relevant to binary measures.
    """

    dataset: str
    first_stage: str
    queries: dict[str, str]
    qrels: dict[str, dict[str, int]]
    candidates: Candidates
    texts: dict[str, str]
    unjudged: int = 0
    remarks: tuple[str, ...] = ()
    relevant_from: int = 1
