"""How close a system's scores are to those of the same weights in float32, each pair alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: The float32 next to 0 and to 1: a score that was rounded to 0 or 1 says no more of its logit.
_LEAST, _MOST = float(np.finfo(np.float32).tiny), float(np.nextafter(np.float32(1), np.float32(0)))


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How far two scorings of the same requests are apart.

    Attributes:
        mean_difference: Mean absolute difference of a logit, over all pairs.
        largest_difference: The largest.
        tau: Mean over requests of Kendall's tau-b between the two orders: 1 where they are the same. NaN where no
            request has two different scores.
    """

    mean_difference: float
    largest_difference: float
    tau: float


def fidelity(scores: Mapping[int, Sequence[float]], in_float: Mapping[int, Sequence[float]]) -> Fidelity:
    """Compare a system's scores with logits in float32.

    Args:
        scores: Number of a request -> the system's scores in 0..1, at least one request.
        in_float: Number of a request -> its logits in float32, of the same passages in the same order.
    """
    from scipy import stats

    limits = logits_of([_LEAST, _MOST])
    pairs = [(logits_of(found), np.clip(in_float[number], *limits)) for number, found in scores.items()]
    differences = np.concatenate([np.abs(ours - theirs) for ours, theirs in pairs])
    varied = [pair for pair in pairs if all(np.ptp(logits) > 0 for logits in pair)]
    taus = [float(stats.kendalltau(*pair).statistic) for pair in varied]
    return Fidelity(float(differences.mean()), float(differences.max()), float(np.mean(taus)) if taus else math.nan)


def logits_of(scores: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return the logits of scores in 0..1, float64 of shape (passages,); those of 0 and 1 are finite too."""
    inside = np.clip(np.asarray(scores, dtype=np.float64), _LEAST, _MOST)
    return np.asarray(np.log(inside) - np.log1p(-inside))
