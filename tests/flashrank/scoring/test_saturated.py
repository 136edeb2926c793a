"""A model that is very sure: its scores are all 1.0 or 0.0, and its ranking is that of its logits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flashrank import Ranker, RerankRequest
from flashrank.scoring.heads import relevance_logits, scores_from_logits
from tests.scaled_model import scaled_model

QUERY = "rank the passages for this query"
WORDS = ["rank", "query", "model", "the", "passages", "score", "token", "reads", "long", "index", "search", "engine"]
TEXTS = [" ".join(WORDS[place : place + length]) for place in range(len(WORDS)) for length in (1, 2, 4, 7)]
PASSAGES = [{"id": place, "text": text} for place, text in enumerate(TEXTS)]
HUGE = float(np.finfo(np.float32).max)


def ranking(ranker: Ranker) -> list[int]:
    return [result["id"] for result in ranker.rerank(RerankRequest(QUERY, PASSAGES))]


@pytest.mark.parametrize("model", ["one-logit-int8", "two-logits-int8"])
@pytest.mark.parametrize(("factor", "dtype"), [(3, np.float32), (1024, np.float32), (1024, np.float64)])
def test_a_multiple_of_the_logits_ranks_the_same(fixtures, tmp_path, model, factor, dtype):
    base = Ranker(fixtures / model, log_level="ERROR")
    sure = Ranker(scaled_model(fixtures / model, tmp_path / "sure", factor, dtype), log_level="ERROR")
    assert ranking(sure) == ranking(base)
    scored = sure.score(QUERY, TEXTS)
    assert scored.logits == pytest.approx([factor * logit for logit in base.score(QUERY, TEXTS).logits], rel=1e-4)
    if factor == 1024:
        assert len(set(scored.scores)) < len(set(scored.logits)) / 2


def test_half_precision_logits_order_as_far_as_they_differ(fixtures, tmp_path):
    half = Ranker(scaled_model(fixtures / "one-logit-int8", tmp_path / "half", 64, np.float16), log_level="ERROR")
    logits = half.score(QUERY, TEXTS).logits
    assert ranking(half) == sorted(range(len(TEXTS)), key=lambda place: -logits[place])


def test_equal_logits_keep_the_order_given(fixtures, tmp_path):
    flat = Ranker(scaled_model(fixtures / "one-logit-int8", tmp_path / "flat", 0), log_level="ERROR")
    assert ranking(flat) == list(range(len(TEXTS)))


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=20))
def test_one_logit_is_the_order_and_the_score_its_sigmoid(values):
    logits = np.array(values, np.float32)[:, None]
    assert relevance_logits(logits).tolist() == values
    np.testing.assert_allclose(scores_from_logits(logits), scores_from_logits(relevance_logits(logits)[:, None]))


def test_two_logits_order_by_their_difference():
    logits = np.array([[0, 20], [1, 40], [-3, 30], [5, 5]], np.float32)
    assert relevance_logits(logits).tolist() == [20, 39, 33, 0]
    assert scores_from_logits(logits).tolist()[:3] == [1.0, 1.0, 1.0]


def test_infinite_logits_are_in_order_too():
    infinity = float("inf")
    rows = [[-infinity, infinity], [0, infinity], [infinity, infinity], [infinity, 0], [infinity, -infinity]]
    logits = np.array(rows, np.float32)
    assert relevance_logits(logits).tolist() == [HUGE, HUGE, 0, -HUGE, -HUGE]
    assert scores_from_logits(logits).tolist() == [1, 1, 0.5, 0, 0]
    assert relevance_logits(logits[:, 1:]).tolist() == [HUGE, HUGE, HUGE, 0, -HUGE]
