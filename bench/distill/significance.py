"""Is one ranking better than another over the same queries? Paired, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

_RESAMPLES, _SEED = 10_000, 0


@dataclass(frozen=True, slots=True)
class Paired:
    """A model against a baseline on the same queries.

    Attributes:
        queries: How many.
        baseline: The baseline's mean.
        mean: The model's mean.
        low: Lower end of the 95 % interval of the mean difference, by bootstrap over queries.
        high: Its upper end.
        t_test: Two-sided p-value of the paired t-test.
        randomisation: Two-sided p-value of the paired randomisation test, in which each query's signs are flipped.
        better: Queries on which the model is better.
        worse: Queries on which it is worse.
    """

    queries: int
    baseline: float
    mean: float
    low: float
    high: float
    t_test: float
    randomisation: float
    better: int
    worse: int

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as JSON values."""
        return asdict(self)


def compare(model: Sequence[float], baseline: Sequence[float]) -> Paired:
    """Compare the values of two systems, query by query in the same order; the seeds are fixed."""
    ours, theirs = np.asarray(model, dtype=float), np.asarray(baseline, dtype=float)
    difference = ours - theirs
    if not difference.any():
        return Paired(len(ours), float(theirs.mean()), float(ours.mean()), 0.0, 0.0, 1.0, 1.0, 0, 0)
    random = np.random.default_rng(_SEED)
    means = difference[random.integers(len(difference), size=(_RESAMPLES, len(difference)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    flipped = stats.permutation_test(
        (difference,), np.mean, permutation_type="samples", n_resamples=_RESAMPLES, rng=np.random.default_rng(_SEED)
    )
    return Paired(
        queries=len(ours),
        baseline=float(theirs.mean()),
        mean=float(ours.mean()),
        low=float(low),
        high=float(high),
        t_test=float(stats.ttest_rel(ours, theirs).pvalue),
        randomisation=float(flipped.pvalue),
        better=int((difference > 0).sum()),
        worse=int((difference < 0).sum()),
    )
