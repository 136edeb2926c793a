"""Two systems compared over the same queries: differences with their interval, and paired tests.

The same values give the same figures: every random generator has a constant seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from bench.common.errors import BenchError
from bench.stats.intervals import ROUNDING, Interval, bootstrap_interval, finite
from bench.stats.permutation import sign_flip_test


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
    ours, theirs = finite(new, "a comparison"), finite(base, "a comparison")
    if len(ours) != len(theirs):
        raise BenchError(
            f"a paired comparison needs both systems' values of the same queries: there are {len(ours)} and "
            f"{len(theirs)}"
        )
    differences = ours - theirs
    scale = np.maximum(np.abs(ours), np.abs(theirs))
    differences[np.abs(differences) <= ROUNDING * scale] = 0.0
    if np.ptp(differences) <= ROUNDING * scale.max():
        differences[:] = differences[0]
    return _compare(differences.tobytes(), seed)


# Bytes stand in for the array, which cannot be looked up in a cache.
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
