"""Intervals, paired comparisons and Holm's correction against their definitions, scipy, and what must hold."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.common.errors import BenchError
from bench.stats import intervals as statistics
from bench.stats.intervals import Interval, bootstrap_average, bootstrap_interval, compare_paired, holm

VALUES = st.floats(0, 1).map(lambda value: round(value, 3))


def textbook_bca(values: list[float], confidence: float = 0.95) -> tuple[float, float]:
    """Efron's BCa interval of a mean from every resample there is, instead of from some drawn at random."""
    n, mean = len(values), np.mean(values)
    means = np.array([np.mean(drawn) for drawn in product(values, repeat=n)])
    bias = stats.norm.ppf(np.mean(means < mean - 1e-12) + np.mean(np.isclose(means, mean)) / 2)
    jackknife = np.array([np.mean(values[:i] + values[i + 1 :]) for i in range(n)])
    apart = jackknife.mean() - jackknife
    acceleration = (apart**3).sum() / (6 * (apart**2).sum() ** 1.5)
    ends = []
    for share in ((1 - confidence) / 2, (1 + confidence) / 2):
        z = bias + stats.norm.ppf(share)
        ends.append(np.quantile(means, stats.norm.cdf(bias + z / (1 - acceleration * z))))
    return ends[0], ends[1]


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_interval_of_a_mean_is_the_bca_interval(confidence):
    values = [0.05, 0.11, 0.2, 0.31, 0.47, 0.93]
    found = bootstrap_interval(values, confidence=confidence)
    assert (found.low, found.high) == pytest.approx(textbook_bca(values, confidence), abs=0.012)


def test_the_interval_of_skewed_values_reaches_further_to_their_long_side():
    values = np.random.default_rng(0).exponential(size=60)
    found = bootstrap_interval(values)
    assert found.high - values.mean() > values.mean() - found.low


def test_the_interval_of_a_median_is_the_percentile_interval():
    values = np.random.default_rng(1).lognormal(size=41)
    found = bootstrap_interval(values, statistic="median")
    # A median of resamples is below the k-th smallest value as often as more than half the draws are.
    ordered = np.sort(values)
    below = np.array([stats.binom.sf(20, 41, k / 41) for k in range(42)])
    assert found.low == pytest.approx(ordered[np.searchsorted(below, 0.025) - 1], rel=0.05)
    assert found.high == pytest.approx(ordered[np.searchsorted(below, 0.975) - 1], rel=0.05)


@settings(max_examples=25, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=12), st.sampled_from(["mean", "median"]))
def test_an_interval_lies_within_the_values(values, statistic):
    found = bootstrap_interval(values, statistic=statistic, resamples=200)
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


def test_more_confidence_is_a_wider_interval():
    values = np.random.default_rng(2).random(30)
    narrow, wide = bootstrap_interval(values, confidence=0.8), bootstrap_interval(values, confidence=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_seed_decides():
    values = np.random.default_rng(3).random(30)
    found = bootstrap_interval(values)
    statistics._bootstrap.cache_clear()
    assert bootstrap_interval(values) == found != bootstrap_interval(values, seed=1)


@pytest.mark.parametrize("values", [[0.3], [0.3, 0.3, 0.3], [0.1 + 0.2, 0.3]])
def test_values_without_spread_have_an_interval_without_width(values):
    found = bootstrap_interval(values)
    assert found == Interval(found.low, found.low)
    assert found.low == pytest.approx(0.3)


def test_the_average_of_one_sample_is_its_mean():
    values = np.random.default_rng(4).random(25)
    assert bootstrap_average([values]) == bootstrap_interval(values)


def test_a_sample_without_spread_moves_an_average_and_narrows_it():
    values = np.random.default_rng(5).random(25)
    alone, found = bootstrap_interval(values), bootstrap_average([values, [0.4], [0.2, 0.2]])
    assert (found.low, found.high) == pytest.approx(((alone.low + 0.6) / 3, (alone.high + 0.6) / 3))
    assert bootstrap_average([[0.4], [0.2, 0.2]]) == Interval(pytest.approx(0.3), pytest.approx(0.3))


def test_samples_of_an_average_weigh_alike_whatever_their_sizes():
    random = np.random.default_rng(6)
    large, small = random.normal(0.6, 0.1, 400), random.normal(0.2, 0.1, 100)
    found = bootstrap_average([large, small])
    error = math.sqrt(large.var(ddof=1) / 400 + small.var(ddof=1) / 100) / 2
    middle = (large.mean() + small.mean()) / 2
    assert (found.low, found.high) == pytest.approx((middle - 1.96 * error, middle + 1.96 * error), abs=0.001)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "an interval needs at least one value, in one row: there is none"),
        ([[0.1, 0.2]], r"their shape is \(1, 2\)"),
        ([0.1, math.nan, 0.2], "number 2 of 3 is nan; measure it again or leave its query out"),
        ([0.1, 0.2, -math.inf], "number 3 of 3 is -inf"),
    ],
)
def test_what_has_no_interval_is_refused(values, message):
    with pytest.raises(BenchError, match=message):
        bootstrap_interval(values)
    with pytest.raises(BenchError, match=message):
        bootstrap_average([[0.1, 0.2], values])


def test_no_samples_have_no_average():
    with pytest.raises(BenchError, match="there is none"):
        bootstrap_average([])


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
    statistics._compare.cache_clear()
    statistics._bootstrap.cache_clear()
    assert compare_paired(ours, theirs) == found
    assert np.array_equal(ours, before[0])
    assert np.array_equal(theirs, before[1])


def test_holm_by_a_published_example():
    # The example of Wikipedia's article on the method: of .01, .04, .03 and .005, the first and last are rejected.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=7))
def test_holm_is_the_closed_test_of_bonferronis(p_values):
    """A hypothesis is rejected if every intersection of hypotheses that it is part of is, by Bonferroni's test."""
    numbers = range(len(p_values))
    closed = [
        max(
            min(1.0, len(part) * min(p_values[other] for other in part))
            for size in range(1, len(p_values) + 1)
            for part in combinations(numbers, size)
            if number in part
        )
        for number in numbers
    ]
    assert holm(p_values) == pytest.approx(closed)


@pytest.mark.parametrize("wrong", [math.nan, -0.1, 1.1])
def test_holm_refuses_what_is_no_p_value(wrong):
    with pytest.raises(BenchError, match=f"a p-value is between 0 and 1, not {wrong}"):
        holm([0.5, wrong])


def test_scipy_is_not_loaded_before_it_is_needed():
    code = "import sys, bench.stats.intervals; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
