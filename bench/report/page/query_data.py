"""The data of the page's view by query, as plain JSON values, small enough for a browser to open at once."""

from __future__ import annotations

from typing import Any

from bench.report.page.chart_data import rounded
from bench.report.page.rankings import RankedDocument, RankingComparison, comparisons
from bench.report.page.shown_runs import PageRuns

Json = dict[str, Any]

#: Queries of a comparison at most: those that changed most.
LISTED = 200
#: Characters shown of a document.
CHARACTERS = 1500
#: Characters of all documents on the page.
_ROOM = 12_000_000


def query_data(runs: PageRuns, *, listed: int = LISTED, room: int = _ROOM) -> Json:
    """Return the comparisons that the page offers, and the documents in them.

    Args:
        runs: The runs.
        listed: Queries per comparison at most; those that changed most are kept.
        room: Characters of all documents together. Where they are more, fewer queries of every comparison keep their
            documents, again those that changed most.

    Returns:
        ``comparisons``; ``documents``, to which they refer by number; ``listed``; ``with_texts``, how many queries of
        a comparison have their documents at most; and ``characters``, how long a text may be.
    """
    found = comparisons(runs)
    limit = listed
    while limit and _needed(found, limit) > room:
        limit //= 2
    numbers: dict[tuple[str, str], int] = {}
    entries = [_entry(comparison, listed, limit, numbers) for comparison in found]
    texts = {(each.dataset, doc_id): text for each in found for doc_id, text in each.texts.items()}
    documents = [
        {"id": doc_id, "text": texts[dataset, doc_id][:CHARACTERS], "cut": len(texts[dataset, doc_id]) > CHARACTERS}
        for dataset, doc_id in numbers
    ]
    return {
        "comparisons": entries,
        "documents": documents,
        "listed": listed,
        "with_texts": limit,
        "characters": CHARACTERS,
    }


def _needed(found: list[RankingComparison], limit: int) -> int:
    """Return the characters of the documents, each counted once, of so many queries a comparison."""
    lengths = {
        (comparison.dataset, document.doc_id): min(len(comparison.texts[document.doc_id]), CHARACTERS)
        for comparison in found
        for query in comparison.queries[:limit]
        for document in query.documents
    }
    return sum(lengths.values())


def _entry(comparison: RankingComparison, listed: int, limit: int, numbers: dict[tuple[str, str], int]) -> Json:
    def number(document: RankedDocument) -> int:
        return numbers.setdefault((comparison.dataset, document.doc_id), len(numbers))

    queries = []
    for place, query in enumerate(comparison.queries[:listed]):
        entry: Json = {"id": query.query_id, "left": rounded(query.left), "right": rounded(query.right)}
        if query.text is not None:
            entry["text"] = query.text
        if query.documents and place < limit:
            entry["documents"] = [
                (
                    number(each),
                    each.left,
                    each.right,
                    each.relevance,
                    None if each.score is None else rounded(each.score),
                )
                for each in query.documents
            ]
        queries.append(entry)
    return {
        "dataset": comparison.dataset,
        "model": comparison.model,
        "left": comparison.left,
        "right": comparison.right,
        "relevant_from": comparison.relevant_from,
        "all": len(comparison.queries),
        "gained": sum(query.change > 0 for query in comparison.queries),
        "lost": sum(query.change < 0 for query in comparison.queries),
        "queries": queries,
    }
