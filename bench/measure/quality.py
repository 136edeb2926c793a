"""Quality: every query's candidates are reranked and timed, and the measures of the rankings are computed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ir_measures
import pandas as pd

from bench.data.relevance import at_threshold, measure_name
from bench.data.runs import Candidates
from bench.data.task import Task
from bench.data.ties import best_first, reordered
from bench.results.journal import Journal
from bench.results.run_results import SHOWN
from flashrank import Ranker

_SHOWN_RANKS = 10
_SHOWN_CHARACTERS = 600


@dataclass(frozen=True)
class Reranked:
    """One query's candidates, scored.

    Attributes:
        query_id: The query.
        scores: One per candidate, in the first stage's order.
        logits: One per candidate, in the same order; they decide the ranking.
        tokens: Tokens of each pair, special tokens included, in the same order.
        truncated: Pairs that were cut to fit.
        seconds: Wall time of the scoring, from texts to scores.
    """

    query_id: str
    scores: tuple[float, ...]
    logits: tuple[float, ...]
    tokens: tuple[int, ...]
    truncated: int
    seconds: float


def rerank_queries(ranker: Ranker, task: Task, journal: Journal) -> Iterator[Reranked]:
    """Rerank every query of ``task``. Those in the journal come first; each new one is added to it."""
    done = {str(entry["query_id"]) for entry in journal.entries}
    for entry in list(journal.entries):
        yield Reranked(**entry | {name: tuple(entry[name]) for name in ("scores", "logits", "tokens")})
    waiting = [query_id for query_id in task.queries if query_id not in done]
    if waiting:
        _warm_up(ranker, task, waiting[0])
    for query_id in waiting:
        texts = [task.texts[doc_id] for doc_id, _ in task.candidates[query_id]]
        started = time.perf_counter()
        scored = ranker.score(task.queries[query_id], texts)
        seconds = time.perf_counter() - started
        reranked = Reranked(query_id, scored.scores, scored.logits, scored.tokens, scored.truncated, seconds)
        journal.append({name: getattr(reranked, name) for name in Reranked.__dataclass_fields__})
        yield reranked


def reranked_run(task: Task, logits: Mapping[str, Sequence[float]], depth: int | None = None) -> Candidates:
    """Return the run of a reranker, in the order of ``Ranker.rerank``.

    Args:
        task: The task.
        logits: Query id -> one logit per candidate.
        depth: Candidates reranked per query, at most; the others keep their order below. All by default.
    """
    return {
        query_id: reordered([doc_id for doc_id, _ in ranked], logits[query_id], depth)
        for query_id, ranked in task.candidates.items()
    }


def measure(
    run: Candidates, qrels: dict[str, dict[str, int]], measures: Sequence[str], relevant_from: int = 1
) -> pd.DataFrame:
    """Return every measure of every query of ``qrels``: columns ``query_id``, ``measure``, ``value``.

    A query for which the run has no document counts 0, as with trec_eval's ``-c``. Documents are ordered as
    trec_eval orders them, whichever library computes a measure.

    Args:
        run: Query id -> ``(document id, score)``.
        qrels: Query id -> document id -> grade.
        measures: ir-measures expressions; the result calls them by their ``measure_name``.
        relevant_from: The lowest grade that is relevant to binary measures, unless they say ``rel=`` themselves.
    """
    names = list(dict.fromkeys(measure_name(expression) for expression in measures))
    meant = {name: at_threshold(name, relevant_from) for name in names}
    values = {(query_id, name): 0.0 for query_id in qrels for name in names}
    scores = {query_id: _without_ties(ranked) for query_id, ranked in run.items() if ranked}
    judged = {query_id: _in_range(grades) for query_id, grades in qrels.items()}
    for metric in ir_measures.iter_calc(list(dict.fromkeys(meant.values())), judged, scores):
        for name in names:
            if meant[name] == metric.measure:
                values[metric.query_id, name] = float(metric.value)
    rows = [(query_id, name, value) for (query_id, name), value in values.items()]
    return pd.DataFrame(rows, columns=["query_id", "measure", "value"])


def _in_range(grades: dict[str, int]) -> dict[str, int]:
    """Return a query's grades, or zeros if all are below 0: it counts 0 either way, and Judged does not change.

    trec_eval allots memory by the highest grade plus 1, and writes outside of it where that is below 1.
    """
    return grades if max(grades.values(), default=0) >= 0 else dict.fromkeys(grades, 0)


def _without_ties(ranked: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Return scores of the same order without ties, so that every library ranks alike."""
    return {doc_id: float(-place) for place, (doc_id, _) in enumerate(best_first(ranked))}


def timings(task: Task, reranked: Sequence[Reranked]) -> pd.DataFrame:
    """Return the latency of every query: ``query_id``, ``candidates``, ``tokens``, ``truncated``, ``seconds``."""
    by_query = {result.query_id: result for result in reranked}
    rows: list[dict[str, Any]] = []
    for query_id in task.queries:
        result = by_query[query_id]
        rows.append(
            {
                "query_id": query_id,
                "candidates": len(result.scores),
                "tokens": sum(result.tokens),
                "truncated": result.truncated,
                "seconds": result.seconds,
            }
        )
    return pd.DataFrame(rows, columns=["query_id", "candidates", "tokens", "truncated", "seconds"])


def shown(task: Task, run: Candidates, reranked: Sequence[Reranked]) -> pd.DataFrame:
    """Return what a reader compares: the documents in the first 10 before or after reranking, with their texts.

    Columns ``query_id``, ``query``, ``doc_id``, ``text`` (cut to 600 characters), ``relevance`` (the grade, none where
    not judged), ``before`` and ``after`` (ranks from 1), ``score`` (0..1); in the order after reranking.
    """
    rows: list[dict[str, Any]] = []
    by_query = {result.query_id: result for result in reranked}
    for query_id, query in task.queries.items():
        before = {doc_id: rank for rank, (doc_id, _) in enumerate(task.candidates[query_id], start=1)}
        scores = dict(zip(before, by_query[query_id].scores, strict=True))
        for after, (doc_id, _) in enumerate(run[query_id], start=1):
            if min(before[doc_id], after) <= _SHOWN_RANKS:
                rows.append(
                    {
                        "query_id": query_id,
                        "query": query,
                        "doc_id": doc_id,
                        "text": _beginning(task.texts[doc_id]),
                        "relevance": task.qrels[query_id].get(doc_id),
                        "before": before[doc_id],
                        "after": after,
                        "score": scores[doc_id],
                    }
                )
    table = pd.DataFrame(rows, columns=[name for name in SHOWN if name not in ("dataset", "model")])
    return table.astype({"relevance": "Int64"})


def _beginning(text: str) -> str:
    """Return ``text`` on one line, cut between words where it is long, with an ellipsis then."""
    text = " ".join(text.split())
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    head = text[: _SHOWN_CHARACTERS - 2]
    # Scripts without spaces between words, and endless words, are cut anywhere.
    space = head.rfind(" ", _SHOWN_CHARACTERS // 2)
    return f"{head[:space] if space > 0 else head} \N{HORIZONTAL ELLIPSIS}"


def _warm_up(ranker: Ranker, task: Task, query_id: str) -> None:
    """Score one query's first candidates untimed: a session allocates on its first runs."""
    texts = [task.texts[doc_id] for doc_id, _ in task.candidates[query_id][: 2 * ranker.threads]]
    ranker.score(task.queries[query_id], texts)
