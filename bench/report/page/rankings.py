"""Two rankings of every query: a model's beside its first stage's, and beside the same model's in the other run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.report.page.shown_runs import PageRuns
from bench.report.values import aggregate
from bench.results.run_results import RunResults


@dataclass(frozen=True)
class RankedDocument:
    """Where a document of a query stands.

    Attributes:
        doc_id: The document's id.
        left: Its rank in the left ranking, from 1; 0 where it is not known.
        right: Its rank in the right ranking, likewise.
        relevance: Its grade, or None where it is not judged.
        score: The model's score in the right ranking, or None.
    """

    doc_id: str
    left: int
    right: int
    relevance: int | None
    score: float | None


@dataclass(frozen=True)
class ComparedQuery:
    """One query.

    Attributes:
        query_id: The query's id.
        left: The primary measure of the left ranking.
        right: The primary measure of the right ranking.
        text: The query's text; None where the run has no texts of it.
        documents: The documents in the first ranks of either ranking, as far as the run has them.
    """

    query_id: str
    left: float
    right: float
    text: str | None
    documents: tuple[RankedDocument, ...]

    @property
    def change(self) -> float:
        """How much higher the right ranking's measure is."""
        return self.right - self.left


@dataclass(frozen=True)
class RankingComparison:
    """Two rankings of every query of a dataset.

    Attributes:
        dataset: Label of the dataset.
        model: Label of the model.
        left: What the left ranking is called.
        right: What the right ranking is called.
        relevant_from: The lowest grade that is relevant.
        queries: The queries that both rankings have, those that changed most first.
        texts: Document id -> text.
    """

    dataset: str
    model: str
    left: str
    right: str
    relevant_from: int
    queries: tuple[ComparedQuery, ...]
    texts: dict[str, str]


def comparisons(runs: PageRuns) -> list[RankingComparison]:
    """Return every model against its first stage, then against itself in the other run, in experiment order."""
    return [*_with_first_stage(runs.own), *_with_other_run(runs)]


def _with_first_stage(run: RunResults) -> Iterator[RankingComparison]:
    values, shown = aggregate.query_values(run, run.measures[0]), _by_cell(run)
    first_stage = aggregate.first_stage_row(run) or ""
    for dataset, model in _cells(run):
        if (dataset, first_stage) in values and (dataset, model) in values:
            frame = shown.get((dataset, model), run.shown.iloc[:0])
            ranked = frame.rename(columns={"before": "left", "after": "right"})
            pair = values[dataset, first_stage], values[dataset, model]
            labels = (dataset, model, run.first_stage[dataset], model)
            yield _comparison(labels, run.relevant_from.get(dataset, 1), *pair, ranked)


def _with_other_run(runs: PageRuns) -> Iterator[RankingComparison]:
    run, other = runs.own, runs.other
    if other is None or run.measures[0] not in other.measures:
        return
    here, there = (aggregate.query_values(results, run.measures[0]) for results in (run, other))
    shown, shown_there = _by_cell(run), _by_cell(other)
    for dataset, model in _cells(run):
        if (dataset, model) in here and (dataset, model) in there:
            frames = (each.get((dataset, model), run.shown.iloc[:0]) for each in (shown, shown_there))
            labels = (dataset, model, runs.labels[1], runs.labels[0])
            values = there[dataset, model], here[dataset, model]
            yield _comparison(labels, run.relevant_from.get(dataset, 1), *values, _joined(*frames))


def _comparison(
    labels: tuple[str, str, str, str],
    relevant_from: int,
    left: pd.Series[float],
    right: pd.Series[float],
    ranked: pd.DataFrame,
) -> RankingComparison:
    documents: dict[str, list[RankedDocument]] = {}
    wording: dict[str, str] = {}
    texts: dict[str, str] = {}
    for row in ranked.to_dict("records"):
        wording[row["query_id"]] = row["query"]
        texts[row["doc_id"]] = row["text"]
        documents.setdefault(row["query_id"], []).append(_document(row))
    left, right = left.align(right, join="inner")
    queries = [
        ComparedQuery(str(query), one, two, wording.get(str(query)), tuple(documents.get(str(query), ())))
        for query, one, two in zip(left.index, left.to_list(), right.to_list(), strict=True)
    ]
    queries.sort(key=lambda query: -abs(query.change))
    return RankingComparison(*labels, relevant_from, tuple(queries), texts)


def _document(row: dict[Any, Any]) -> RankedDocument:
    left, right = (0 if math.isnan(row[rank]) else int(row[rank]) for rank in ("left", "right"))
    score = None if math.isnan(row["score"]) else float(row["score"])
    relevance = None if pd.isna(row["relevance"]) else int(row["relevance"])
    return RankedDocument(row["doc_id"], left, right, relevance, score)


def _joined(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Return the documents that either run shows, ranked as the model left them there and here."""
    same = ["query_id", "doc_id"]
    ranks = theirs[[*same, "after"]].merge(ours[[*same, "after", "score"]], how="outer", on=same)
    known = pd.concat([frame for frame in (ours, theirs) if not frame.empty] or [ours]).drop_duplicates(same)
    return ranks.merge(known[[*same, "query", "text", "relevance"]], on=same).rename(
        columns={"after_x": "left", "after_y": "right"}
    )


def _cells(run: RunResults) -> list[tuple[str, str]]:
    return [(dataset, model.name) for dataset in run.datasets for model in run.models]


def _by_cell(run: RunResults) -> dict[tuple[str, str], pd.DataFrame]:
    return dict(aggregate.groups(run.shown, "dataset", "model"))
