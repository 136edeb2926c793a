"""Scores for the points of a sweep that one scoring pass at full depth and length does not give."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bench.data.task import Task
from bench.measure.quality import Reranked
from bench.results.journal import Journal
from flashrank import Ranker

#: Most tokens per pair -> the ranker with that limit.
RankerOf = Callable[[int], Ranker]


class SweepPoint(NamedTuple):
    """One depth and length.

    Attributes:
        depth: Candidates reranked per query, at most.
        max_length: Most tokens per pair, special tokens included.
    """

    depth: int
    max_length: int


@dataclass(frozen=True)
class Shortened:
    """One query's candidates, scored again.

    Attributes:
        query_id: The query.
        max_length: Most tokens per pair.
        logits: One per candidate, in the first stage's order; those of pairs that need no cut are the full pass's.
        seconds: Wall time of the scoring.
        depth: How many candidates were scored; None where they are all, and their logits serve every depth.
    """

    query_id: str
    max_length: int
    logits: tuple[float, ...]
    seconds: float
    depth: int | None = None


def shorten(
    task: Task,
    reranked: Sequence[Reranked],
    lengths: Sequence[int],
    ranker_of: RankerOf,
    journal: Journal,
) -> Iterator[Shortened]:
    """Score every query at each of ``lengths``. Those in the journal come first; each new one is added to it.

    Args:
        task: The task.
        reranked: Its queries at full length.
        lengths: Most tokens per pair, each below the full length.
        ranker_of: Gives the ranker for a length; asked for one only when it is needed, and for each once.
        journal: The sweep's; only entries of shortened pairs are read.
    """
    found = _found(journal)
    done = {(one.max_length, one.query_id) for one in found}
    yield from found
    for length in lengths:
        ranker: Ranker | None = None
        for result in reranked:
            if (length, result.query_id) in done:
                continue
            logits, seconds = list(result.logits), 0.0
            longer = [place for place, tokens in enumerate(result.tokens) if tokens > length]
            if longer:
                ranker = ranker or ranker_of(length)
                ranked = task.candidates[result.query_id]
                texts = [task.texts[ranked[place][0]] for place in longer]
                started = time.perf_counter()
                again = ranker.score(task.queries[result.query_id], texts)
                seconds = time.perf_counter() - started
                for place, logit in zip(longer, again.logits, strict=True):
                    logits[place] = logit
            yield _kept(journal, Shortened(result.query_id, length, tuple(logits), seconds))


def score_points(
    task: Task, points: Sequence[SweepPoint], ranker_of: RankerOf, journal: Journal
) -> Iterator[Shortened]:
    """Score every query anew at each of ``points``. Those in the journal come first; each new one is added to it.

    Args:
        task: The task.
        points: Depths and lengths.
        ranker_of: Gives the ranker for a length.
        journal: The sweep's; only entries of scored queries are read.
    """
    found = _found(journal)
    done = {(one.depth, one.max_length, one.query_id) for one in found}
    yield from found
    for point in points:
        waiting = [query_id for query_id in task.queries if (*point, query_id) not in done]
        if not waiting:
            continue
        ranker = ranker_of(point.max_length)
        for query_id in waiting:
            texts = [task.texts[doc_id] for doc_id, _ in task.candidates[query_id][: point.depth]]
            started = time.perf_counter()
            scored = ranker.score(task.queries[query_id], texts)
            seconds = time.perf_counter() - started
            yield _kept(journal, Shortened(query_id, point.max_length, scored.logits, seconds, point.depth))


def _found(journal: Journal) -> list[Shortened]:
    entries = [entry for entry in journal.entries if "logits" in entry]
    return [Shortened(**{**entry, "logits": tuple(entry["logits"])}) for entry in entries]


def _kept(journal: Journal, shortened: Shortened) -> Shortened:
    fields = {name: getattr(shortened, name) for name in Shortened.__dataclass_fields__}
    journal.append({name: value for name, value in fields.items() if value is not None})
    return shortened
