"""Does the new version rank worse than the base? A paired test of non-inferiority over the same queries."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from bench.experiment.gate_limits import GateSpec
from bench.gate.verdict import Finding, Outcome, cannot_judge
from bench.stats.intervals import Interval, bootstrap_interval

#: With fewer queries, a bootstrap says little about others.
MIN_QUERIES = 10

#: Assumed for the power where no value differs: the standard deviation over queries of a change of the measure. It is
#: that of nDCG@10 on the quickstart when `nano` reads pairs of at most 128 tokens instead of 512 (0.064 measured).
TYPICAL_SPREAD = 0.065

_POWER = 0.8


def judge_quality(subject: str, base: ArrayLike, new: ArrayLike, spec: GateSpec, comparisons: int = 1) -> Finding:
    """Judge the difference of one measure between two versions, query by query.

    The difference's mean is bounded by a bootstrap over queries, once from below, once from above:

    * **pass** if the lower bound is above ``-margin``: a loss as large as the margin is excluded.
    * **fail** if it is not, and the upper bound is below zero: there is a loss, and nothing shows that it is tolerable.
    * **cannot judge** otherwise: too few queries to tell no loss from one beyond the margin.

    So a change that loses ``margin`` or more passes with a probability of ``alpha`` at most, however many
    comparisons there are, since a verdict passes only if all of them do. And a change without a loss fails
    somewhere with a probability of ``alpha`` at most: the upper bound's error is divided by the comparisons.
    A real loss that is shown to be smaller than the margin passes.

    Scores are deterministic, so equal values are no coincidence and pass at once. The bounds are about other queries
    like these.

    Args:
        subject: What is judged.
        base: The measure of every query; the same queries in the same order as ``new``.
        new: The same, of the new version.
        spec: Margin and error.
        comparisons: How many of these are judged together.
    """
    before, after = np.asarray(base, dtype=float), np.asarray(new, dtype=float)
    queries = len(before)
    undefined = int((~np.isfinite(before) | ~np.isfinite(after)).sum())
    if undefined:
        return cannot_judge("quality", subject, f"{undefined} of {queries} queries have no number (NaN)")
    if queries < MIN_QUERIES:
        few = "one query says" if queries == 1 else f"{queries} queries say"
        return cannot_judge("quality", subject, f"{few} nothing about others; at least {MIN_QUERIES} are needed")
    difference = after - before
    changed = int(np.count_nonzero(difference))
    spread = float(difference.std(ddof=1)) if changed else TYPICAL_SPREAD
    error = spread / math.sqrt(queries)
    bounds = Interval(
        bootstrap_interval(difference, confidence=1 - 2 * spec.alpha).low,
        bootstrap_interval(difference, confidence=1 - 2 * spec.alpha / comparisons).high,
    )
    outcome, reason = _outcome(bounds, spec.margin, changed)
    if outcome is Outcome.UNKNOWN:
        reason += f"; about {_queries_needed(spread, spec):,} queries would tell"
    return Finding(
        part="quality",
        subject=subject,
        outcome=outcome,
        reason=reason,
        estimate=float(difference.mean()),
        interval=bounds,
        limit=-spec.margin,
        visible=_visible_loss(error, spec, comparisons),
        sample=f"{queries} queries, {changed} with another value",
    )


def _outcome(bounds: Interval, margin: float, changed: int) -> tuple[Outcome, str]:
    if not changed:
        return Outcome.PASS, "no query has another value"
    if bounds.low > -margin:
        real = "; there is a smaller one" if bounds.high < 0 else ""
        return Outcome.PASS, f"a loss of {margin:g} is excluded{real}"
    if bounds.high < 0:
        return Outcome.FAIL, f"there is a loss, and one of {margin:g} or more is not excluded"
    return Outcome.UNKNOWN, f"neither a loss of {margin:g} nor its absence is shown"


def _visible_loss(error: float, spec: GateSpec, comparisons: int) -> float:
    """Return the loss that fails with a probability of ``_POWER``; the mean difference is about normal."""
    shown = norm.ppf(1 - spec.alpha / comparisons) * error
    not_excluded = spec.margin - norm.ppf(1 - spec.alpha) * error
    return float(max(shown, not_excluded) + norm.ppf(_POWER) * error)


def _queries_needed(spread: float, spec: GateSpec) -> int:
    """Return how many queries would let a version without a change pass with a probability of ``_POWER``."""
    return math.ceil((spread * float(norm.ppf(1 - spec.alpha) + norm.ppf(_POWER)) / spec.margin) ** 2)
