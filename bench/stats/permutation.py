"""The paired permutation test, also called randomisation test."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Differences up to which every way to flip their signs is tried.
_EXACT = 12
#: With so many, the smallest p-value, 2 in 100,001, is below .05 even after a correction over 2,500 comparisons.
_FLIPS = 100_000
#: Numbers that a batch of random signs may hold: few enough for a CPU's cache.
_BATCH = 250_000


def sign_flip_test(differences: NDArray[np.float64], seed: int = 0) -> float:
    """Return the two-sided p-value of the mean of ``differences``.

    If the two systems were the same, each query's two values could be exchanged, which flips the sign of their
    difference. The p-value is how often random signs give a mean as far from zero. A difference of zero is the same
    with either sign, so zeros are left out: that saves time and changes no p-value.

    Args:
        differences: One a query, finite, shape (n,).
        seed: Seed of the random signs. With up to 12 differences that are not zero, all signs are tried instead.
    """
    from scipy import stats

    differences = differences[differences != 0]
    count = len(differences)
    if count < 2:
        return 1.0
    # Sums that are equal on paper have to be equal here: they are rounded to what a sum of many terms has of digits.
    scaled = differences / np.abs(differences).max()
    if count <= _EXACT:
        exact = stats.permutation_test(
            (scaled,),
            lambda drawn, axis: np.round(np.sum(drawn, axis=axis), 10),
            permutation_type="samples",
            n_resamples=2**count,
            vectorized=True,
        )
        return float(exact.pvalue)
    # scipy's permutation_test draws random exchanges twenty times slower than its monte_carlo_test can be given them.
    random, total = np.random.default_rng(seed), scaled.sum()

    def flips(size: tuple[int, int]) -> NDArray[np.uint8]:
        return np.unpackbits(random.integers(256, size=(size[0], -(-count // 8)), dtype=np.uint8), axis=1, count=count)

    def flipped_sum(flipped: NDArray[Any], axis: int) -> Any:  # noqa: ARG001 -- scipy passes the axis by name
        return np.round(total - 2 * (flipped.astype(np.float64) @ scaled), 10)

    drawn = stats.monte_carlo_test(
        np.zeros(count), flips, flipped_sum, vectorized=True, n_resamples=_FLIPS, batch=max(1, _BATCH // count)
    )
    return float(drawn.pvalue)
