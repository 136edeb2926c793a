"""Logits to scores, against double precision and against the plain formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flashrank.scoring.heads import relevance_logits, scores_from_logits

logits = st.floats(-1e4, 1e4, width=32)
usual = st.floats(-75, 75, width=32)


@given(st.lists(logits, min_size=1, max_size=50))
def test_sigmoid_equals_double_precision(values):
    scores = scores_from_logits(np.array(values, np.float32)[:, None])
    for value, score in zip(values, scores.tolist(), strict=True):
        exact = 1 / (1 + math.exp(-value)) if value > -700 else 0.0
        assert score == pytest.approx(exact, rel=1e-5, abs=1e-37)


@given(st.lists(st.tuples(logits, logits), min_size=1, max_size=50))
def test_softmax_equals_double_precision(rows):
    scores = scores_from_logits(np.array(rows, np.float32))
    for (first, second), score in zip(rows, scores.tolist(), strict=True):
        exact = 1 / (1 + math.exp(min(700.0, first - second)))
        assert score == pytest.approx(exact, rel=1e-3, abs=1e-37)


@given(st.lists(usual, min_size=1, max_size=50))
def test_sigmoid_is_upstreams_formula_to_the_bit(values):
    column = np.array(values, np.float32)
    np.testing.assert_array_equal(scores_from_logits(column[:, None]), 1 / (1 + np.exp(-column)))


@given(st.lists(st.tuples(usual, usual), min_size=1, max_size=50))
def test_softmax_is_upstreams_formula_to_the_bit(rows):
    matrix = np.array(rows, np.float32)
    exponentials = np.exp(matrix)
    expected = exponentials[:, 1] / np.sum(exponentials, axis=1)
    np.testing.assert_array_equal(scores_from_logits(matrix), expected)


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=2, max_size=50))
def test_scores_are_in_range_and_in_the_order_of_logits(values):
    ordered = np.sort(np.array(values, np.float32))
    scores = scores_from_logits(ordered[:, None])
    assert scores.dtype == np.float32
    assert (scores >= 0).all()
    assert (scores <= 1).all()
    assert (np.diff(scores) >= 0).all()


def test_other_heads_are_refused():
    with pytest.raises(ValueError, match=r"1 or 2 logits.*\(4, 3\)"):
        scores_from_logits(np.zeros((4, 3), np.float32))


def test_relevance_logits_are_the_only_logit_or_a_difference():
    one, two = np.array([[0.5], [-1.0]], np.float32), np.array([[0.5, 1.5], [2.0, -1.0]], np.float32)
    assert relevance_logits(one).tolist() == [0.5, -1.0]
    assert relevance_logits(two).tolist() == [1.0, -3.0]
