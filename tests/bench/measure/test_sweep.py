"""The sweep: other depths and lengths out of one scoring pass, against rankings made anew for each."""

from __future__ import annotations

import random

import pandas as pd
import pytest

from bench.data.task import Task
from bench.experiment.grids import SweepSpec
from bench.measure.quality import Reranked, measure, rerank_queries, reranked_run
from bench.measure.sweep.scoring import SweepPoint, score_points, shorten
from bench.measure.sweep.sweep import (
    shorter_lengths,
    sweep_points,
    sweep_quality,
    sweep_timings,
    time_sweep,
    timed_queries,
)
from bench.results.journal import Journal
from bench.results.run_results import JUDGED
from flashrank import Ranker

MEASURES = ("nDCG@10", "RR@10", "AP", JUDGED)
SPEC = SweepSpec(depths=(3, 100, 20, 5), max_lengths=(32, 512, 128), timed_queries=2, repeats=2)
FULL_LENGTH = 256
DEPTH = 24


def made_task() -> Task:
    """Eight queries with up to 24 passages of 5 to 200 words, and one that finds nothing."""
    draw = random.Random(4)
    words = ("rank", "passages", "query", "model", "score", "token", "layer", "search", "index", "engine")
    texts = {f"d{i}": " ".join(draw.choices(words, k=draw.choice([5, 20, 60, 200]))) for i in range(40)}
    queries = {f"q{i}": " ".join(draw.sample(words, 3)) for i in range(9)}
    candidates = {
        query_id: [(doc_id, float(-i)) for i, doc_id in enumerate(draw.sample(sorted(texts), depth))]
        for query_id, depth in zip(queries, [DEPTH, 4, DEPTH, 10, DEPTH, 0, 1, DEPTH, 12], strict=True)
    }
    qrels = {query_id: {doc_id: draw.randint(0, 2) for doc_id in draw.sample(sorted(texts), 9)} for query_id in queries}
    return Task("tiny", "BM25", queries, qrels, candidates, texts)


TASK = made_task()


@pytest.fixture(scope="module", params=["one-logit-int8", "two-logits-int8"])
def ranker_of(request, fixtures):
    rankers = {}

    def ranker_of(length):
        if length not in rankers:
            rankers[length] = Ranker(fixtures / request.param, max_length=length, threads=1, log_level="ERROR")
        return rankers[length]

    return ranker_of


@pytest.fixture(scope="module")
def reranked(ranker_of, tmp_path_factory):
    with Journal(tmp_path_factory.mktemp("scoring") / "journal", "key") as journal:
        return list(rerank_queries(ranker_of(FULL_LENGTH), TASK, journal))


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal", "key") as journal:
        yield journal


def values(frame: pd.DataFrame) -> dict[tuple[str, str], float]:
    return {(row.query_id, row.measure): row.value for row in frame.itertuples()}


def measured_anew(ranker: Ranker, depth: int) -> dict[tuple[str, str], float]:
    """The reference: each query's first candidates reranked by ``Ranker.rerank`` itself, the rest below them."""
    run = {}
    for query_id, ranked in TASK.candidates.items():
        texts = [TASK.texts[doc_id] for doc_id, _ in ranked[:depth]]
        scored = zip(ranked, ranker.score(TASK.queries[query_id], texts).logits, strict=False)
        best_first = sorted(((doc_id, score) for (doc_id, _), score in scored), key=lambda pair: -pair[1])
        run[query_id] = best_first + [(doc_id, -1000.0 - rank) for rank, (doc_id, _) in enumerate(ranked[depth:])]
    return values(measure(run, TASK.qrels, MEASURES))


def test_the_points_are_depths_at_full_length_and_lengths_at_full_depth():
    assert sweep_points(TASK, SPEC, FULL_LENGTH) == [
        *(SweepPoint(depth, 256) for depth in (3, 5, 20, 24)),
        *(SweepPoint(24, length) for length in (128, 32)),
    ]
    assert shorter_lengths(SPEC, 128) == [32]


def test_depths_and_lengths_that_are_the_full_ones_are_there_once():
    points = sweep_points(TASK, SweepSpec(depths=(24,), max_lengths=(256,)), FULL_LENGTH)
    assert points == [SweepPoint(24, 256)]


def test_every_point_has_the_values_of_a_ranking_made_for_it(ranker_of, reranked, journal):
    shortened = list(shorten(TASK, reranked, shorter_lengths(SPEC, FULL_LENGTH), ranker_of, journal))
    table = sweep_quality(TASK, reranked, shortened, SPEC, MEASURES, FULL_LENGTH)
    assert list(table.columns) == ["query_id", "depth", "max_length", "measure", "value"]
    assert not table.duplicated(["query_id", "depth", "max_length", "measure"]).any()
    found = {SweepPoint(*key): values(rows) for key, rows in table.groupby(["depth", "max_length"])}
    assert set(found) == set(sweep_points(TASK, SPEC, FULL_LENGTH))
    assert found[SweepPoint(DEPTH, FULL_LENGTH)] == values(
        measure(reranked_run(TASK, {it.query_id: it.logits for it in reranked}), TASK.qrels, MEASURES)
    )
    for point, at_point in found.items():
        assert at_point == measured_anew(ranker_of(point.max_length), point.depth)


def test_every_point_of_a_cascade_is_scored_anew(fixtures, journal):
    # What is rescored depends on the other candidates, so a prefix of the logits at full depth is another ranking.
    def cascade(length):
        options = {"max_length": length, "threads": 1, "log_level": "ERROR"}
        return Ranker(fixtures / "one-logit-int8", first=fixtures / "two-logits-int8", patience=2, **options)

    full = cascade(FULL_LENGTH)
    with Journal(journal.path.with_name("quality"), "key") as other:
        reranked = list(rerank_queries(full, TASK, other))
    points = sweep_points(TASK, SPEC, FULL_LENGTH)
    others = [point for point in points if point != SweepPoint(DEPTH, FULL_LENGTH)]
    scored = list(score_points(TASK, others, cascade, journal))
    table = sweep_quality(TASK, reranked, scored, SPEC, MEASURES, FULL_LENGTH)
    found = {SweepPoint(*key): values(rows) for key, rows in table.groupby(["depth", "max_length"])}
    assert list(found) == sorted(points)
    for point, at_point in found.items():
        assert at_point == measured_anew(cascade(point.max_length), point.depth)

    def refuse(length):
        raise AssertionError(length)

    with Journal(journal.path, "key") as again:
        assert list(score_points(TASK, others, refuse, again)) == scored


def test_scores_at_a_shorter_length_are_those_of_all_pairs_scored_anew_to_the_bit(ranker_of, reranked, journal):
    asked = []
    shortened = list(
        shorten(TASK, reranked, [128, 32], lambda length: asked.append(length) or ranker_of(length), journal)
    )
    assert asked == [128, 32]
    assert [(s.max_length, s.query_id) for s in shortened] == [(n, q) for n in (128, 32) for q in TASK.queries]
    for result in shortened:
        texts = [TASK.texts[doc_id] for doc_id, _ in TASK.candidates[result.query_id]]
        assert result.logits == ranker_of(result.max_length).score(TASK.queries[result.query_id], texts).logits


def test_only_longer_pairs_are_scored_again(ranker_of, reranked, journal, monkeypatch):
    again = []
    monkeypatch.setattr(
        Ranker, "score", lambda self, query, texts, score=Ranker.score: again.extend(texts) or score(self, query, texts)
    )
    list(shorten(TASK, reranked, [128], ranker_of, journal))
    assert len(again) == sum(tokens > 128 for result in reranked for tokens in result.tokens)
    assert 0 < len(again) < sum(map(len, TASK.candidates.values()))


def test_no_ranker_is_made_where_every_pair_fits(reranked, journal):
    def refuse(length):
        raise AssertionError(length)

    short = [result for result in reranked if max(result.tokens, default=0) <= 128]
    assert [result.logits for result in shorten(TASK, short, [128], refuse, journal)] == [s.logits for s in short]


def test_shortening_goes_on_where_it_was_stopped(ranker_of, reranked, tmp_path):
    with Journal(tmp_path / "journal", "key") as journal:
        work = shorten(TASK, reranked, [128, 32], ranker_of, journal)
        first = [next(work) for _ in range(11)]
        work.close()
    asked = []
    with Journal(tmp_path / "journal", "key") as journal:
        whole = list(shorten(TASK, reranked, [128, 32], lambda n: asked.append(n) or ranker_of(n), journal))
        assert len(journal.entries) == 18
    assert whole[:11] == first
    assert asked == [32]
    assert [(s.max_length, s.query_id) for s in whole] == [(n, q) for n in (128, 32) for q in TASK.queries]


def test_candidates_below_the_depth_keep_their_order():
    task = Task("t", "BM25", {"q": "?"}, {"q": {"c": 1}}, {"q": [(d, 0.0) for d in "abcd"]}, dict.fromkeys("abcd", ""))
    scores = [Reranked("q", (1.0,) * 4, (20.1, 20.2, 20.3, 20.4), (9,) * 4, 0, 0.0)]
    table = sweep_quality(task, scores, [], SweepSpec(depths=(1, 2, 3), max_lengths=(64,)), ["RR@10"], 64)
    assert table["value"].tolist() == [1 / 3, 1 / 3, 1.0, 1 / 2]
    assert table["depth"].tolist() == [1, 2, 3, 4]


def test_without_candidates_there_is_nothing_to_sweep(ranker_of, journal):
    task = Task("t", "BM25", {"q": "?"}, {"q": {"a": 1}}, {"q": []}, {})
    nothing = [Reranked("q", (), (), (), 0, 0.0)]
    shortened = list(shorten(task, nothing, [32], ranker_of, journal))
    table = sweep_quality(task, nothing, shortened, SPEC, MEASURES, FULL_LENGTH)
    assert table.empty
    assert list(table.columns) == ["query_id", "depth", "max_length", "measure", "value"]
    assert list(time_sweep(task, SPEC, ranker_of, journal, FULL_LENGTH)) == []
    assert sweep_timings(journal).empty


def test_every_point_is_timed_in_turn_and_a_second_run_goes_on(ranker_of, tmp_path):
    def steps(journal):
        return time_sweep(TASK, SPEC, ranker_of, journal, FULL_LENGTH)

    points = sweep_points(TASK, SPEC, FULL_LENGTH)
    timed = list(timed_queries(TASK, SPEC))
    with Journal(tmp_path / "journal", "key") as journal:
        work = steps(journal)
        for _ in range(7):
            next(work)
        work.close()
        first = list(journal.entries)
    with Journal(tmp_path / "journal", "key") as journal:
        assert sum(1 for _ in steps(journal)) == 2 * len(timed) * len(points)
        table = sweep_timings(journal)
    assert list(table.columns) == ["query_id", "depth", "max_length", "tokens", "threads", "repeat", "seconds"]
    assert table.to_dict("records")[: len(first)] == first
    turns = list(zip(table["repeat"], table["query_id"], table["depth"], table["max_length"], strict=True))
    assert turns == [(repeat, query_id, *point) for repeat in (0, 1) for query_id in timed for point in points]
    assert (table["seconds"] > 0).all()
    assert set(table["threads"]) == {1}
    for row in table.itertuples():
        texts = [TASK.texts[doc_id] for doc_id, _ in TASK.candidates[row.query_id][: row.depth]]
        assert row.tokens == sum(ranker_of(row.max_length).score(TASK.queries[row.query_id], texts).tokens)


def test_no_ranker_is_made_where_everything_has_been_timed(ranker_of, journal):
    list(time_sweep(TASK, SPEC, ranker_of, journal, FULL_LENGTH))
    count = len(journal.entries)
    list(time_sweep(TASK, SPEC, lambda length: pytest.fail(f"ranker of {length}"), journal, FULL_LENGTH))
    assert len(journal.entries) == count


def test_both_kinds_of_entries_can_share_a_journal(ranker_of, reranked, journal):
    list(time_sweep(TASK, SPEC, ranker_of, journal, FULL_LENGTH))
    list(shorten(TASK, reranked, [128], ranker_of, journal))
    again = list(shorten(TASK, reranked, [128], lambda length: pytest.fail(f"ranker of {length}"), journal))
    assert len(again) == len(TASK.queries)
    assert len(sweep_timings(journal)) == len(journal.entries) - len(TASK.queries)


def test_timed_queries_are_chosen_by_lot_among_those_with_candidates():
    everything = timed_queries(TASK, SweepSpec(timed_queries=100))
    assert set(everything) == set(TASK.queries) - {"q5"}
    assert set(timed_queries(TASK, SweepSpec(timed_queries=3))) < set(timed_queries(TASK, SweepSpec(timed_queries=5)))
