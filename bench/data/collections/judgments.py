"""Judgments: the grades there can be, and whether the judged documents are those of the collection."""

from __future__ import annotations

from collections.abc import Mapping

from bench.common.digest import digest_of
from bench.common.errors import BenchError
from bench.common.words import noun_of
from bench.data.collections.collection import Collection

Qrels = dict[str, dict[str, int]]
"""Query id -> document id -> grade."""

#: Other grades are refused. trec_eval takes memory by the highest grade, and gives arbitrary numbers if there is too
#: little; measures whose gain is 2 to the power of the grade overflow.
GRADES = range(-1000, 1001)
GRADES_ARE = f"grades are whole numbers from {GRADES[0]} to {GRADES[-1]}"


def digest_of_qrels(qrels: Qrels) -> str:
    """Return the digest of judgments, whatever their order."""
    return digest_of([[query_id, sorted(judged.items())] for query_id, judged in sorted(qrels.items())])


def absences(collection: Collection, qrels: Qrels, queries: Mapping[str, str], relevant_from: int = 1) -> list[str]:
    """Return a line on relevant judged documents that are absent from the collection, if there are any.

    Only documents that are relevant to the queries measured are looked up: in a huge collection they are few.

    Args:
        collection: The documents.
        qrels: All of the dataset's judgments.
        queries: The queries that are measured.
        relevant_from: The lowest grade that is relevant.

    Raises:
        BenchError: The collection has none of the dataset's relevant judged documents.
    """
    relevant = {query_id: _relevant(qrels.get(query_id, {}), relevant_from) for query_id in queries}
    wanted = set().union(*relevant.values())
    absent = collection.absent(wanted)
    if wanted and absent == wanted:
        every = set().union(*(_relevant(judged, relevant_from) for judged in qrels.values()))
        if collection.absent(every) == every:
            raise BenchError(
                f"{collection.name}: none of its {len(every)} relevant judged documents is in the collection (such as "
                f"{min(every)!r}): are its documents and qrels of one dataset, with ids written alike?"
            )
    lost = [found for found in (documents & absent for documents in relevant.values()) if found]
    if not lost:
        return []
    count = sum(map(len, lost))
    documents, of_queries = noun_of(count, "document"), noun_of(len(lost), "query")
    # A cell's key has this line: its digits stay as they are.
    return [f"absent from the collection: {count} relevant judged {documents} of {len(lost)} {of_queries}"]


def unknown_queries(qrels: Qrels, queries: Mapping[str, str]) -> list[str]:
    """Return a line on judged queries of which a dataset has no text, if there are any."""
    unknown = len(qrels.keys() - queries.keys())
    return [f"left out, as the dataset has no text of them: {unknown} judged queries"] if unknown else []


def _relevant(judged: Mapping[str, int], relevant_from: int) -> set[str]:
    return {doc_id for doc_id, grade in judged.items() if grade >= relevant_from}
