"""The sweep: quality and latency when fewer candidates are reranked, or pairs are cut shorter.

One scoring pass at full depth and length gives the quality at every other depth: a pair's score does not depend on
the other candidates. At a shorter length only the pairs that are longer are scored again. Of a cascade, which passages
are rescored depends on the others, so it scores every point anew. Depths are measured at full length and lengths at
full depth, but no combinations of the two.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import product

import pandas as pd

from bench.data.dataset_spec import QuerySubset
from bench.data.task import Task
from bench.experiment.grids import SweepSpec
from bench.measure.quality import Reranked, measure, reranked_run
from bench.measure.sweep.scoring import RankerOf, Shortened, SweepPoint
from bench.results.journal import Journal
from bench.results.run_results import SWEEP, SWEEP_TIMINGS
from flashrank import Ranker


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
        shortened: What ``shorten`` gives at every shorter length of ``spec``, or ``score_points`` at every other point.
        spec: The sweep.
        measures: ir-measures expressions.
        full_length: The limit with which ``reranked`` was scored.

    Returns:
        Columns ``query_id``, ``depth``, ``max_length``, ``measure``, ``value``; at full depth and length the values
        are those of the run itself.
    """
    logits: dict[tuple[int, int | None], dict[str, tuple[float, ...]]] = {
        (full_length, None): {one.query_id: one.logits for one in reranked}
    }
    for result in shortened:
        logits.setdefault((result.max_length, result.depth), {})[result.query_id] = result.logits
    columns = [name for name in SWEEP if name not in ("dataset", "model")]
    tables = []
    for depth, length in sweep_points(task, spec, full_length):
        run = reranked_run(task, logits.get((length, depth)) or logits[length, None], depth)
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
