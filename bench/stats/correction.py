"""Correction of p-values for the number of tests."""

from __future__ import annotations

from collections.abc import Sequence

from bench.common.errors import BenchError


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
