"""The permutation test against all sign flips written out, and against scipy's own."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.stats.permutation import sign_flip_test


def all_flips(differences: list[int]) -> float:
    """The definition, on whole numbers, where nothing is rounded."""
    sums = [
        sum(d * sign for d, sign in zip(differences, signs, strict=True))
        for signs in product((1, -1), repeat=len(differences))
    ]
    observed = sum(differences)
    tail = min(sum(s >= observed for s in sums), sum(s <= observed for s in sums))
    return min(1.0, 2 * tail / len(sums))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=9))
def test_few_differences_are_tested_exactly(differences):
    # Tenths have no exact binary form, so their sums round; ties among them must stay ties.
    found = sign_flip_test(np.array(differences) * 0.1)
    assert found == pytest.approx(all_flips(differences))


def test_one_sign_throughout():
    # 2 of the 16 ways to flip four signs.
    assert sign_flip_test(np.array([1.0, 2.0, 3.0, 4.0])) == 2 / 16


def test_nothing_to_flip_is_no_evidence():
    assert sign_flip_test(np.zeros(5)) == 1
    assert sign_flip_test(np.array([0.0, 0.5, 0.0])) == 1


@pytest.mark.parametrize("shift", [0, 1, 2])
def test_random_flips_come_close_to_all_flips(shift):
    differences = (np.random.default_rng(shift).integers(-4, 5, 14) + shift) * 0.1
    exact = stats.permutation_test(
        (differences,), lambda d, axis: d.sum(axis=axis).round(9), permutation_type="samples", n_resamples=2**14
    )
    assert sign_flip_test(differences) == pytest.approx(exact.pvalue, abs=0.006)


def test_zeros_change_nothing():
    differences = np.random.default_rng(0).normal(0.1, 0.3, 20)
    assert sign_flip_test(np.concatenate([np.zeros(30), differences])) == sign_flip_test(differences)


def test_either_direction_has_the_same_p_value():
    differences = np.random.default_rng(1).normal(0.1, 0.3, 30)
    assert sign_flip_test(differences) == sign_flip_test(-differences)


def test_many_agree_with_the_t_test():
    differences = np.random.default_rng(2).normal(0.02, 0.2, 400)
    assert sign_flip_test(differences) == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.005)


def test_the_least_p_value_survives_a_correction_over_a_large_table():
    assert 0 < sign_flip_test(np.ones(100)) * 2_500 < 0.05


def test_the_seed_decides():
    differences = np.random.default_rng(3).normal(0.05, 0.3, 40)
    assert sign_flip_test(differences, seed=1) == sign_flip_test(differences, seed=1)
    assert sign_flip_test(differences, seed=1) != sign_flip_test(differences, seed=2)
