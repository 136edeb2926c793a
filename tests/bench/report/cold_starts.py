"""Cold starts, made up so that what is computed of them can be told by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from bench.experiment.cold_start import ColdStartSpec
from bench.results.run_results import COLD_STARTS


def cold_starts(
    model: str = "model-0", rounds: int = 5, failing: Sequence[str] = (), left_out: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the table ``cold_starts`` of one model with its spec: systems take 1 and 2 s cold, .1 and .3 s warm.

    Later rounds take longer than earlier ones, by the same factor for both: a machine that slowed down. Memory is half
    a GB and one GB.
    """
    rows: list[tuple[Any, ...]] = []
    spec = ColdStartSpec(systems=("ours", "theirs"), rounds=rounds, price=0.00001, reranks_per_start=10)
    for number, name in enumerate(spec.systems):
        label = name.title()
        why = ("no network" if label in left_out else "", "the process ended" if label in failing else "")
        about = (model, name, label, f"library=={number}.0", *why)
        if any(why):
            rows.append((*about, 1, 5, 0, math.nan, math.nan, 0))
            continue
        for threads, passages in spec.settings:
            for one in range(rounds):
                slower = 1 + one / 10
                times = ((1 + number) * slower, (0.1 + 0.2 * number) * slower)
                rows.append((*about, threads, passages, one, *times, 2 ** (29 + number)))
    return {"cold_starts": pd.DataFrame(rows, columns=list(COLD_STARTS)), "cold_start": spec}
