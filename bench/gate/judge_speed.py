"""Is the new version slower? Its times over the base's with an interval, from turns or from two latency grids."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from bench.experiment.gate_limits import GateSpec
from bench.gate.verdict import Finding, Outcome, cannot_judge
from bench.stats.intervals import Interval

_BOOTSTRAP_SAMPLES, _SEED = 4000, 0
_POWER = 0.8

Floats = NDArray[np.float64]


def judge_turns(subject: str, log_ratios: ArrayLike, spec: GateSpec, sample: str = "") -> Finding:
    """Judge two versions whose processes took turns.

    The estimate is the median of all ratios. Its interval is a bootstrap on two levels, first over pairs of
    processes, then over the ratios of each. Two processes of the same program differ for as long as they run, by where
    their memory lies and which core they settle on. More requests to the same two do not show that.

    * **fail** if the whole interval is above the limit, **pass** if all of it is at or below the limit,
      **cannot judge** if the limit lies inside.

    Args:
        subject: What is judged.
        log_ratios: Array of shape (pairs of processes, ratios of each): natural logarithms of new over base.
        spec: Limit and error.
        sample: What was measured, in words.
    """
    blocks = np.asarray(log_ratios, dtype=float)
    if not np.isfinite(blocks).all():
        return cannot_judge("speed", subject, "a time is not a positive number")
    processes, each = blocks.shape
    random = np.random.default_rng(_SEED)
    drawn = random.integers(processes, size=(_BOOTSTRAP_SAMPLES, processes, 1))
    within = random.integers(each, size=(_BOOTSTRAP_SAMPLES, processes, each))
    resampled = np.median(blocks[drawn, within].reshape(_BOOTSTRAP_SAMPLES, -1), axis=1)
    return _judged(subject, float(np.median(blocks)), resampled, spec.slowdown, spec.alpha, sample)


def judge_grids(
    subject: str,
    base: Mapping[str, Sequence[float]],
    new: Mapping[str, Sequence[float]],
    spec: GateSpec,
) -> Finding:
    """Judge two latency grids of one model, measured on one machine but not in turn.

    The estimate is the geometric mean, over the settings that both have, of the ratio of median times. Its interval
    is a bootstrap over the repeats of every setting. It covers what varied within each measurement, but not what
    differed between the two, hence the wider limit.

    Args:
        subject: What is judged.
        base: Setting of the grid -> seconds of each repeat.
        new: The same, of the new version.
        spec: Limit and error.
    """
    shared = [setting for setting in base if setting in new]
    if not shared:
        return cannot_judge("speed", subject, "the latency grids have no setting in common")
    times = {setting: (np.asarray(base[setting], float), np.asarray(new[setting], float)) for setting in shared}
    bad = [setting for setting, pair in times.items() if not all(_are_times(seconds) for seconds in pair)]
    if bad:
        return cannot_judge("speed", subject, f"a time at {bad[0]} is not a positive number (NaN, or 0)")
    random = np.random.default_rng(_SEED)
    log_ratios = {setting: math.log(np.median(after) / np.median(before)) for setting, (before, after) in times.items()}
    resampled = np.mean(
        [_log_medians(after, random) - _log_medians(before, random) for before, after in times.values()], axis=0
    )
    slowest = max(log_ratios, key=log_ratios.__getitem__)
    sample = f"{len(shared)} settings; the slowest is {slowest} at {math.exp(log_ratios[slowest]):.2f}x"
    estimate = float(np.mean(list(log_ratios.values())))
    return _judged(subject, estimate, resampled, spec.slowdown_apart, spec.alpha, sample)


def _are_times(seconds: Floats) -> bool:
    return bool(len(seconds) and (np.isfinite(seconds) & (seconds > 0)).all())


def _log_medians(seconds: Floats, random: np.random.Generator) -> Floats:
    drawn = random.integers(len(seconds), size=(_BOOTSTRAP_SAMPLES, len(seconds)))
    return np.asarray(np.log(np.median(seconds[drawn], axis=1)))


def _judged(subject: str, estimate: float, resampled: Floats, limit: float, alpha: float, sample: str) -> Finding:
    """Hold an estimate and its bootstrap distribution, both logarithms, against the limit."""
    low, high = np.exp(np.quantile(resampled, [alpha, 1 - alpha]))
    tolerated = f"{100 * (limit - 1):.0f} %"
    if low > limit:
        outcome, reason = Outcome.FAIL, f"slower by more than {tolerated}"
    elif high <= limit:
        outcome, reason = Outcome.PASS, f"a slowdown of more than {tolerated} is excluded"
    else:
        outcome = Outcome.UNKNOWN
        reason = f"too noisy here: a slowdown of more than {tolerated} is neither shown nor excluded"
    error = float(resampled.std())
    return Finding(
        part="speed",
        subject=subject,
        outcome=outcome,
        reason=reason,
        estimate=math.exp(estimate),
        interval=Interval(float(low), float(high)),
        limit=limit,
        visible=limit * math.exp(float(norm.ppf(1 - alpha) + norm.ppf(_POWER)) * error),
        sample=sample,
    )
