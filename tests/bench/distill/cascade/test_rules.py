"""The rules: the one that ``Ranker`` has is its own, and losses are those of a measure computed elsewhere."""

from __future__ import annotations

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.distill.cascade.calibration import curve, least_patience
from bench.distill.cascade.rules import PATIENCE, RULES, outcome
from bench.distill.cascade.scored_requests import ScoredRequest
from flashrank.cascade.rescoring import score_in_cascade
from flashrank.scoring.scores import ScoredPair

LOGITS = st.lists(
    st.tuples(st.integers(-8, 8), st.integers(-900, 900).map(lambda logit: logit / 60)), min_size=2, max_size=50
)


def request_of(pairs, answers=None) -> ScoredRequest:
    first, second = np.array(pairs, dtype=np.float64).T
    return ScoredRequest("web", first, second, np.ones(len(first), dtype=np.int64), answers)


def line(request: ScoredRequest) -> np.ndarray:
    return np.argsort(-request.first, kind="stable")


@given(LOGITS, st.integers(1, 20))
def test_patience_is_the_rankers_rule(pairs, patience):
    request = request_of(pairs)

    def scorer(column: np.ndarray):
        return lambda texts: [ScoredPair(0.5, float(column[int(text)]), 1, 0) for text in texts]

    texts = [str(place) for place in range(len(pairs))]
    scores = score_in_cascade(texts, scorer(request.first), scorer(request.second), patience)
    reach = PATIENCE.reach(request, line(request), patience)
    assert {place for place, rescored in enumerate(scores.rescored) if rescored} == set(line(request)[:reach].tolist())
    measured = outcome(PATIENCE, patience, [request])
    assert measured.rescored[0] == pytest.approx(reach / len(pairs))
    # Of equal logits either may be among the first ten.
    if len(set(request.second)) < len(pairs):
        return
    ranking = np.argsort(-np.array(scores.logits), kind="stable")[:10]
    own = np.argsort(-request.second, kind="stable")[:10]
    assert measured.overlap[0] == pytest.approx(len(set(ranking) & set(own)) / len(own))


def test_a_margin_counts_from_the_tenth_and_a_fixed_number_is_one():
    _, margin, fixed = RULES
    request = request_of([(-place / 4, 0.0) for place in range(40)])
    assert margin.reach(request, line(request), 1) == 14  # the tenth has -2.25, and the fourteenth -3.25
    assert fixed.reach(request, line(request), 20) == 20
    few = request_of([(3, 0), (2, 0)])
    assert margin.reach(few, line(few), 0.5) == 2


def test_the_loss_of_a_ranking_by_hand():
    # The second model would have the last passage first; the first model has it at rank 11.
    request = request_of([(-place, 9.0 if place == 10 else 0.0) for place in range(11)], answers=(10,))
    measured = outcome(RULES[2], 10, [request])
    gain = 1 / (1 + np.exp(-9))
    discounts = 1 / np.log2(np.arange(2, 12))
    best = gain + 0.5 * discounts[1:].sum()
    assert measured.loss[0] == pytest.approx(1 - 0.5 * discounts.sum() / best)
    assert (measured.overlap[0], measured.ndcg[0], measured.own_ndcg[0]) == (0.9, 0.0, 1.0)


def test_what_the_answers_give_is_that_of_ir_measures():
    random = np.random.default_rng(0)
    for _ in range(20):
        request = request_of(random.normal(size=(30, 2)), answers=tuple(random.permutation(30)[:3].tolist()))
        run = {"q": {str(place): float(logit) for place, logit in enumerate(request.second)}}
        qrels = {"q": {str(place): 1 for place in request.answers}}
        expected = ir_measures.calc_aggregate([ir_measures.nDCG @ 10], qrels, run)[ir_measures.nDCG @ 10]
        assert outcome(PATIENCE, 3, [request]).own_ndcg[0] == pytest.approx(expected)
        assert outcome(PATIENCE, 30, [request]).ndcg[0] == pytest.approx(expected)


def test_the_least_patience_is_the_first_whose_interval_is_low_enough():
    random = np.random.default_rng(1)
    first = random.normal(scale=4, size=(40, 60))
    requests = [request_of(np.stack([row, row + 3 * random.normal(size=60)], axis=1)) for row in first]
    patience = least_patience(requests, 0.005)
    assert patience is not None
    assert 1 < patience < 60
    losses = [outcome(PATIENCE, number, requests).loss.mean() for number in (patience - 1, patience)]
    assert losses[1] < 0.005
    assert losses[0] > losses[1]
    unrelated = [request_of(random.normal(size=(60, 2))) for _ in range(40)]
    assert (least_patience(unrelated, 0.005) or 60) > patience
    assert curve([]) == []
