"""How close scores are to float32: differences of logits and Kendall's tau, against values computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.measure.fidelity import fidelity, logits_of


def sigmoid(logit):
    return 1 / (1 + math.exp(-logit))


def test_equal_scores_are_at_no_distance_and_in_the_same_order():
    logits = {0: [3.0, -2.0, 0.5], 1: [1.0, 2.0]}
    found = fidelity({number: [sigmoid(one) for one in row] for number, row in logits.items()}, logits)
    assert found.largest_difference == pytest.approx(0, abs=1e-12)
    assert found.tau == 1


def test_differences_are_over_all_pairs_and_tau_is_over_requests():
    # One swap among three passages is a tau of 1/3, the reverse of two is -1.
    in_float = {0: [3.0, 2.0, 1.0], 1: [0.0, 1.0]}
    ours = {0: [2.0, 2.5, 1.0], 1: [0.5, 0.0]}
    found = fidelity({number: [sigmoid(one) for one in row] for number, row in ours.items()}, in_float)
    assert found.mean_difference == pytest.approx((1 + 0.5 + 0 + 0.5 + 1) / 5)
    assert found.largest_difference == pytest.approx(1)
    assert found.tau == pytest.approx((1 / 3 - 1) / 2)


def test_only_requests_that_were_answered_count():
    assert fidelity({1: [0.5, sigmoid(1)]}, {0: [9.0], 1: [0.0, 1.0]}).mean_difference == pytest.approx(0)


def test_scores_that_are_all_equal_have_no_order():
    assert math.isnan(fidelity({0: [0.5, 0.5]}, {0: [1.0, 2.0]}).tau)


def test_a_score_that_was_rounded_says_no_more_than_its_neighbour():
    # In float32 the sigmoid of 20 and of 40 is 1, and that of -200 is 0.
    found = fidelity({0: [1.0, 1.0, 0.0]}, {0: [20.0, 40.0, -200.0]})
    assert found.largest_difference == 0
    assert np.isfinite(logits_of([0.0, 1.0])).all()


@given(st.floats(-15, 15))
def test_a_logit_comes_back_from_its_score(logit):
    assert logits_of([sigmoid(logit)])[0] == pytest.approx(logit, abs=1e-6)
