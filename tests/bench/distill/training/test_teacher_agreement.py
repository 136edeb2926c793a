"""How many of a query's passage pairs are ordered alike."""

from __future__ import annotations

import math

import numpy as np

from bench.distill.training.teacher_agreement import share_ordered_alike


def test_pairs_nearer_than_a_logit_do_not_count():
    # 3 > 0, 3 > 0.5 and 3 > -4 count, 0 > -4 and 0.5 > -4 too, 0.5 > 0 does not; the student has one of five wrong.
    predicted, target = np.array([1.0, 2.0, 0.0, -1.0]), np.array([3.0, 0.0, 0.5, -4.0])
    assert share_ordered_alike(predicted, target) == 0.8


def test_equal_scores_are_not_ordered():
    assert share_ordered_alike(np.zeros(2), np.array([2.0, 0.0])) == 0


def test_there_is_no_share_without_a_margin():
    assert math.isnan(share_ordered_alike(np.array([1.0, 0.0]), np.array([0.0, 1.0])))
