from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.common.errors import BenchError
from bench.stats import intervals, paired_comparison
from bench.stats.intervals import Interval, bootstrap_interval
from bench.stats.paired_comparison import compare_paired

VALUES = st.floats(0, 1).map(lambda value: round(value, 3))


def test_a_clear_difference_is_found():
    random = np.random.default_rng(0)
    base = random.random(60)
    found = compare_paired(base + 0.1 + random.normal(scale=0.05, size=60), base)
    assert found.p_t < 1e-6
    assert found.p_permutation < 0.001
    assert 0.07 < found.interval.low < found.difference < found.interval.high < 0.13
    assert found.wins + found.losses == found.n == 60


def test_noise_is_not():
    random = np.random.default_rng(1)
    found = compare_paired(random.random(60), random.random(60))
    assert found.p_t > 0.05
    assert found.p_permutation > 0.05
    assert found.interval.low < 0 < found.interval.high


def test_a_comparison_by_hand():
    found = compare_paired([0.2, 0.5, 0.9, 0.4, 0.7], [0.1, 0.6, 0.4, 0.3, 0.7])
    # Differences .1, -.1, .5, .1, 0: mean .12, squared deviations .0004 + .0484 + .1444 + .0004 + .0144 = .208.
    assert found.difference == pytest.approx(0.12)
    assert found.effect_size == pytest.approx(0.12 / math.sqrt(0.208 / 4))
    assert (found.wins, found.ties, found.losses, found.n) == (3, 1, 1, 5)
    # Sums of +-1, +-1, +-5, +-1 that are 6 or more: 8, and three times 6.
    assert found.p_permutation == 2 * 4 / 16
    # Student's t of 4 degrees of freedom at .12 / sqrt(.052 / 5).
    assert found.p_t == pytest.approx(2 * stats.t.sf(0.12 / math.sqrt(0.052 / 5), 4))
    expected = bootstrap_interval([0.1, -0.1, 0.5, 0.1, 0.0])
    assert (found.interval.low, found.interval.high) == pytest.approx((expected.low, expected.high))


def test_the_t_test_is_scipys():
    random = np.random.default_rng(2)
    ours, theirs = random.random(30), random.random(30)
    assert compare_paired(ours, theirs).p_t == pytest.approx(stats.ttest_rel(ours, theirs).pvalue)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=2, max_size=10))
def test_exchanged_systems_have_the_opposite_difference(pairs):
    ours, theirs = zip(*pairs, strict=True)
    there, back = compare_paired(ours, theirs), compare_paired(theirs, ours)
    assert there.difference == pytest.approx(-back.difference)
    assert (there.wins, there.ties, there.losses) == (back.losses, back.ties, back.wins)
    assert there.p_permutation == back.p_permutation
    assert there.p_t == pytest.approx(back.p_t, nan_ok=True)
    assert there.effect_size == pytest.approx(-back.effect_size, nan_ok=True)


def test_equal_systems_have_no_difference():
    found = compare_paired([0.5, 0.1], [0.5, 0.1])
    assert (found.p_t, found.p_permutation, found.effect_size) == (1, 1, 0)
    assert (found.difference, found.interval, found.ties) == (0, Interval(0, 0), 2)


def test_errors_of_rounding_are_ties():
    found = compare_paired([0.1 + 0.2, 0.7], [0.3, 0.1 + 0.6])
    assert (found.ties, found.p_t, found.p_permutation) == (2, 1, 1)


def test_the_same_difference_everywhere_has_no_t_test():
    base = np.random.default_rng(3).random(6)
    found = compare_paired(base + 0.1, base)
    assert math.isnan(found.p_t)
    assert math.isnan(found.effect_size)
    assert found.p_permutation == 2 / 2**6
    assert found.interval == Interval(pytest.approx(0.1), pytest.approx(0.1))


def test_one_query_has_no_test():
    found = compare_paired([0.9], [0.1])
    assert (found.n, found.wins, found.difference) == (1, 1, pytest.approx(0.8))
    assert all(math.isnan(value) for value in (found.p_permutation, found.p_t, found.effect_size))
    assert math.isnan(compare_paired([0.1], [0.1]).p_t)


@pytest.mark.parametrize(
    ("new", "base", "message"),
    [
        ([0.1, 0.2], [0.1], "same queries: there are 2 and 1"),
        ([], [], "a comparison needs at least one value"),
        ([0.1, 0.2], [0.1, math.nan], "number 2 of 2 is nan"),
    ],
)
def test_what_cannot_be_compared_is_refused(new, base, message):
    with pytest.raises(BenchError, match=message):
        compare_paired(new, base)


def test_the_same_numbers_every_time_and_arguments_left_alone():
    random = np.random.default_rng(4)
    ours, theirs = random.random(30), random.random(30)
    before = ours.copy(), theirs.copy()
    found = compare_paired(ours, theirs)
    paired_comparison._compare.cache_clear()
    intervals._bootstrap.cache_clear()
    assert compare_paired(ours, theirs) == found
    assert np.array_equal(ours, before[0])
    assert np.array_equal(theirs, before[1])
