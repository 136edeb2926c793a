"""The sweep: quality and latency when fewer candidates are reranked, or pairs are cut shorter.

One scoring pass at full depth and length gives the quality at every other depth: a pair's score does not depend on
the other candidates. At a shorter length only the pairs that are longer are scored again. Depths are measured at
full length and lengths at full depth, but no combinations of the two.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import pandas as pd

from bench.data.dataset_spec import QuerySubset
from bench.data.task import Task
from bench.experiment.grids import SweepSpec
from bench.measure.quality import Reranked, measure, reranked_run
from bench.results.journal import Journal
from bench.results.run_results import SWEEP, SWEEP_TIMINGS
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
    """One query's candidates, scored with shorter pairs.

    Attributes:
        query_id: The query.
        max_length: Most tokens per pair.
        logits: One per candidate, in the first stage's order; those of pairs that need no cut are the full pass's.
        seconds: Wall time of scoring the pairs that were longer.
    """

    query_id: str
    max_length: int
    logits: tuple[float, ...]
    seconds: float


def sweep_points(task: Task, spec: SweepSpec, full_length: int) -> list[SweepPoint]:
    """Return every depth at full length, the full depth last, then every shorter length at full depth.

    The full depth is the number of candidates of the query with most. Depths above it and lengths above
    ``full_length``, the ranker's own limit, are left out. Without any candidates there are no points.
    """
    full_depth = max(map(len, task.candidates.values()), default=0)
    if full_depth == 0:
        return []
    depths = {depth for depth in spec.depths if depth < full_depth}
    return [
        *(SweepPoint(depth, full_length) for depth in [*sorted(depths), full_depth]),
        *(SweepPoint(full_depth, length) for length in shorter_lengths(spec, full_length)),
    ]


def shorter_lengths(spec: SweepSpec, full_length: int) -> list[int]:
    """Return the sweep's lengths below ``full_length``, the longest first."""
    return sorted((length for length in spec.max_lengths if length < full_length), reverse=True)


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
    done = set()
    for entry in [entry for entry in journal.entries if "logits" in entry]:
        done.add((entry["max_length"], entry["query_id"]))
        yield Shortened(**{**entry, "logits": tuple(entry["logits"])})
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
            shortened = Shortened(result.query_id, length, tuple(logits), seconds)
            journal.append({name: getattr(shortened, name) for name in Shortened.__dataclass_fields__})
            yield shortened


def sweep_quality(
    task: Task,
    reranked: Sequence[Reranked],
    shortened: Sequence[Shortened],
    spec: SweepSpec,
    measures: Sequence[str],
    full_length: int,
) -> pd.DataFrame:
    """Return the measures of every query at every point of the sweep.

    Args:
        task: The task.
        reranked: Its queries at full length.
        shortened: The same at every shorter length of ``spec``.
        spec: The sweep.
        measures: ir-measures expressions.
        full_length: The limit with which ``reranked`` was scored.

    Returns:
        Columns ``query_id``, ``depth``, ``max_length``, ``measure``, ``value``; at full depth and length the values
        are those of the run itself.
    """
    logits: dict[int, dict[str, tuple[float, ...]]] = {full_length: {one.query_id: one.logits for one in reranked}}
    for result in shortened:
        logits.setdefault(result.max_length, {})[result.query_id] = result.logits
    columns = [name for name in SWEEP if name not in ("dataset", "model")]
    tables = []
    for depth, length in sweep_points(task, spec, full_length):
        run = reranked_run(task, logits[length], depth)
        values = measure(run, task.qrels, measures, task.relevant_from)
        tables.append(values.assign(depth=depth, max_length=length))
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def time_sweep(task: Task, spec: SweepSpec, ranker_of: RankerOf, journal: Journal, full_length: int) -> Iterator[None]:
    """Time real requests at every point of the sweep, adding each to the journal; yields after each.

    The points take turns within every query and the queries within every repeat, so that a machine that slows down
    for a while slows all of them.

    Args:
        task: The task.
        spec: The sweep.
        ranker_of: Gives the ranker for a length; all are kept until the end.
        journal: The sweep's; only entries of timed requests are read.
        full_length: The ranker's own limit.
    """
    timed = timed_queries(task, spec)
    points = sweep_points(task, spec, full_length)
    done = {
        (entry["repeat"], entry["query_id"], SweepPoint(entry["depth"], entry["max_length"]))
        for entry in journal.entries
        if "repeat" in entry
    }
    rankers: dict[int, Ranker] = {}
    for turn in product(range(spec.repeats), timed, points):
        if turn not in done:
            # All at once before the first request: loading a model would disturb the ones after it.
            rankers = rankers or _warm_rankers(task, next(iter(timed)), points, ranker_of)
            repeat, query_id, point = turn
            ranker = rankers[point.max_length]
            texts = [task.texts[doc_id] for doc_id, _ in task.candidates[query_id][: point.depth]]
            started = time.perf_counter()
            scored = ranker.score(timed[query_id], texts)
            seconds = time.perf_counter() - started
            journal.append(
                {
                    "query_id": query_id,
                    **point._asdict(),
                    "tokens": sum(scored.tokens),
                    "threads": ranker.threads,
                    "repeat": repeat,
                    "seconds": seconds,
                }
            )
        yield


def sweep_timings(journal: Journal) -> pd.DataFrame:
    """Return the timed requests of a journal.

    Returns:
        Columns ``query_id``, ``depth``, ``max_length``, ``tokens`` (over the request's pairs), ``threads``,
        ``repeat``, ``seconds``.
    """
    columns = [name for name in SWEEP_TIMINGS if name not in ("dataset", "model")]
    return pd.DataFrame([entry for entry in journal.entries if "repeat" in entry], columns=columns)


def timed_queries(task: Task, spec: SweepSpec) -> dict[str, str]:
    """Return the queries to time, drawn at random among those that have candidates."""
    queries = {query_id: text for query_id, text in task.queries.items() if task.candidates[query_id]}
    return QuerySubset(size=spec.timed_queries).select(queries)


def _warm_rankers(task: Task, query_id: str, points: Sequence[SweepPoint], ranker_of: RankerOf) -> dict[int, Ranker]:
    """Return the ranker of every length, each of which has scored something: a session allocates on its first runs."""
    rankers = {}
    for length in dict.fromkeys(point.max_length for point in points):
        ranker = rankers[length] = ranker_of(length)
        texts = [task.texts[doc_id] for doc_id, _ in task.candidates[query_id][: 2 * ranker.threads]]
        ranker.score(task.queries[query_id], texts)
    return rankers
