"""Intervals, paired comparisons and Holm's correction against their definitions, scipy, and what must hold."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.common.errors import BenchError
from bench.stats import intervals
from bench.stats.intervals import Interval, bootstrap_average, bootstrap_interval

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
    intervals._bootstrap.cache_clear()
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


def test_scipy_is_not_loaded_before_it_is_needed():
    code = "import sys, bench.stats.paired_comparison; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
