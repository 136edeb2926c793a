"""Paired tests against scipy's own and against what must hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench.distill.significance import compare


def test_a_clear_difference_is_found():
    random = np.random.default_rng(0)
    base = random.random(60)
    found = compare(base + 0.1 + random.normal(scale=0.05, size=60), base)
    assert found.t_test < 1e-6
    assert found.randomisation < 0.001
    assert 0.07 < found.low < found.mean - found.baseline < found.high < 0.13
    assert found.better + found.worse == 60


def test_noise_is_not():
    random = np.random.default_rng(1)
    found = compare(random.random(60), random.random(60))
    assert found.t_test > 0.05
    assert found.randomisation > 0.05
    assert found.low < 0 < found.high


def test_the_t_test_is_scipys():
    ours, theirs = [0.2, 0.5, 0.9, 0.4], [0.1, 0.6, 0.4, 0.3]
    assert compare(ours, theirs).t_test == stats.ttest_rel(ours, theirs).pvalue


def test_few_queries_give_the_exact_randomisation_test():
    # All 4 differences have one sign, as in 2 of the 16 ways to flip them.
    assert compare([1, 2, 3, 4], [0, 0, 0, 0]).randomisation == pytest.approx(2 / 16)


def test_equal_systems_have_no_difference():
    found = compare([0.5, 0.1], [0.5, 0.1])
    assert (found.t_test, found.randomisation, found.low, found.high) == (1.0, 1.0, 0.0, 0.0)


def test_the_same_numbers_every_time():
    random = np.random.default_rng(2)
    ours, theirs = random.random(30), random.random(30)
    assert compare(ours, theirs) == compare(ours, theirs)
