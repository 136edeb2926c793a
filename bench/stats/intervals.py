"""How far a number can be trusted: intervals by bootstrap, and paired comparisons over the same queries.

The same values give the same figures: every random generator has a constant seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.common.errors import BenchError
from bench.stats.permutation import sign_flip_test

_RESAMPLES = 10_000
#: Relative to the values, what is taken for an error of rounding.
_ROUNDING = 1e-12
#: Numbers that a batch of bootstrap samples may hold: few enough for a CPU's cache.
_BATCH = 250_000


@dataclass(frozen=True, slots=True)
class Interval:
    """The range in which a figure is expected to lie over all queries like the measured ones.

    Attributes:
        low: Lower end.
        high: Upper end.
    """

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """One system against another on the same queries.

    Attributes:
        difference: Mean of the differences, new minus base.
        interval: Its 95 % interval by bootstrap over queries.
        p_permutation: Two-sided p-value of the paired permutation test, in which each query's two values may be
            exchanged. NaN with one query, which is no evidence.
        p_t: Two-sided p-value of the paired t-test. NaN where it is undefined: with one query, and where every query
            differs by the same amount (1 if that is nothing at all).
        effect_size: Cohen's d_z, the mean difference over the differences' standard deviation (n - 1). NaN where it
            is undefined, as above (0 if all are equal).
        wins: Queries on which new has the higher value.
        ties: Queries on which both are equal but for rounding.
        losses: Queries on which base has the higher value.
        n: Queries.
    """

    difference: float
    interval: Interval
    p_permutation: float
    p_t: float
    effect_size: float
    wins: int
    ties: int
    losses: int
    n: int


def bootstrap_interval(
    values: ArrayLike,
    *,
    statistic: Literal["mean", "median"] = "mean",
    confidence: float = 0.95,
    resamples: int = _RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Return the bootstrap interval of a mean or a median.

    A mean's interval is bias-corrected and accelerated (BCa): per-query values and their differences are skewed, full
    of zeros and of ones, and the plain percentile interval lies too low on them. In a simulation of 43 queries with
    three zeros in five, a "95 %" interval contained the true value 93 % of the time with BCa, and 91 % with percentiles
    or Student's t. With 10 such queries all three are far too narrow. A median's interval is the percentile one: the
    jackknife, from which BCa takes its acceleration, is inconsistent for a median.

    Args:
        values: One a query, shape (n,).
        statistic: What the interval is of.
        confidence: Share of such intervals that contain the true value.
        resamples: Number of bootstrap samples.
        seed: Seed of the generator that draws them.

    Returns:
        The interval; both ends are the value itself where there is one value only, or all are equal.

    Raises:
        BenchError: There is no value, or one that is not finite.
    """
    array = _finite(values, "an interval")
    method = "BCa" if statistic == "mean" else "percentile"
    return _bootstrap((array.tobytes(),), statistic, method, confidence, resamples, seed)


def bootstrap_average(
    samples: Sequence[ArrayLike], *, confidence: float = 0.95, resamples: int = _RESAMPLES, seed: int = 0
) -> Interval:
    """Return the BCa interval of the mean of the samples' means, with bootstrap samples drawn from each on its own.

    The datasets are taken as given: the interval is that of the average over these datasets, not over others.

    Raises:
        BenchError: There is no sample, or one without a value, or with a value that is not finite.
    """
    if not samples:
        raise BenchError("an interval needs at least one value: there is none")
    arrays = tuple(_finite(sample, "an interval").tobytes() for sample in samples)
    return _bootstrap(arrays, "mean", "BCa", confidence, resamples, seed)


def compare_paired(new: ArrayLike, base: ArrayLike, seed: int = 0) -> PairedComparison:
    """Compare two systems query by query.

    The permutation test is exact where at most 12 queries differ, and else uses 100,000 random exchanges. A query on
    which both are equal is left out of it, as an exchange does not change it. The test assumes nothing about the
    distribution of the values. The t-test is computed too, because others print it.

    Args:
        new: Values of one system, shape (n,).
        base: Values of the other for the same queries, in the same order.
        seed: Seed of the bootstrap and of the random exchanges.

    Raises:
        BenchError: There is no value, one that is not finite, or more of one than of the other.
    """
    ours, theirs = _finite(new, "a comparison"), _finite(base, "a comparison")
    if len(ours) != len(theirs):
        raise BenchError(
            f"a paired comparison needs both systems' values of the same queries: there are {len(ours)} and "
            f"{len(theirs)}"
        )
    differences = ours - theirs
    scale = np.maximum(np.abs(ours), np.abs(theirs))
    differences[np.abs(differences) <= _ROUNDING * scale] = 0.0
    if np.ptp(differences) <= _ROUNDING * scale.max():
        differences[:] = differences[0]
    return _compare(differences.tobytes(), seed)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number by Holm's step-down method, in the order given.

    The chance that any true null hypothesis among them is rejected at a level is at most that level, however the
    tests depend on each other (Holm 1979, A simple sequentially rejective multiple test procedure).

    Raises:
        BenchError: A p-value is not between 0 and 1.
    """
    if wrong := [p for p in p_values if not 0 <= p <= 1]:
        raise BenchError(f"a p-value is between 0 and 1, not {wrong[0]}: leave out what could not be tested")
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected


def _finite(values: ArrayLike, purpose: str) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not array.size:
        shape = "there is none" if not array.size else f"their shape is {array.shape}"
        raise BenchError(f"{purpose} needs at least one value, in one row: {shape}")
    wrong = np.flatnonzero(~np.isfinite(array))
    if wrong.size:
        first = wrong[0]
        raise BenchError(
            f"{purpose} needs finite values: number {first + 1} of {array.size} is {array[first]}; "
            "measure it again or leave its query out"
        )
    return array


# Several tables ask for the same figures; bytes stand in for arrays, which cannot be looked up.
@lru_cache(maxsize=1024)
def _bootstrap(
    samples: tuple[bytes, ...], statistic: str, method: str, confidence: float, resamples: int, seed: int
) -> Interval:
    from scipy import stats

    varied, constant = [], 0.0
    for array in map(np.frombuffer, samples):
        if np.ptp(array) > _ROUNDING * np.abs(array).max():
            varied.append(array)
        else:
            constant += float(array[0])
    if not varied:
        return Interval(constant / len(samples), constant / len(samples))

    scale = max(float(np.abs(array).max()) for array in varied)

    def average(*drawn: NDArray[np.float64], axis: int) -> Any:
        of_sample = np.mean if statistic == "mean" else np.median
        total = sum(of_sample(sample, axis=axis) for sample in drawn)
        # BCa counts how many are below the observed one: what is equal on paper must not differ by rounding.
        return np.round(total / scale, 12)

    found = stats.bootstrap(
        varied,
        average,
        n_resamples=resamples,
        batch=max(1, _BATCH // max(len(array) for array in varied)),
        vectorized=True,
        confidence_level=confidence,
        method=method,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    low, high = ((constant + scale * float(end)) / len(samples) for end in (found.low, found.high))
    return Interval(low, high)


@lru_cache(maxsize=1024)
def _compare(content: bytes, seed: int) -> PairedComparison:
    from scipy import stats

    differences = np.frombuffer(content)
    count, mean = len(differences), float(differences.mean())
    if np.ptp(differences) > 0:
        effect_size = mean / float(differences.std(ddof=1))
        p_t = float(stats.ttest_1samp(differences, 0).pvalue)
    else:
        equal = count > 1 and not differences.any()
        effect_size, p_t = (0.0, 1.0) if equal else (float("nan"), float("nan"))
    return PairedComparison(
        difference=mean,
        interval=bootstrap_interval(differences, seed=seed),
        p_permutation=sign_flip_test(differences, seed) if count > 1 else float("nan"),
        p_t=p_t,
        effect_size=effect_size,
        wins=int((differences > 0).sum()),
        ties=int((differences == 0).sum()),
        losses=int((differences < 0).sum()),
        n=count,
    )
