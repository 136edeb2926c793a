"""Results of systems side by side, made up so that what is computed of them can be told by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bench.results.run_results import PEER_TIMINGS, PEERS

#: System -> how many times as long as the first it takes.
FACTORS = {"Ours": 1.0, "Theirs": 2.5, "Others, torch": 7.0}


def side_by_side(
    models: Sequence[str] = ("model-0",),
    workloads: Sequence[str] = ("short, 5 passages", "long, 100 passages"),
    rounds: int = 9,
    failing: Sequence[tuple[str, str]] = (),
    left_out: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the tables ``peers`` and ``peer_timings``.

    A round of the first system takes .1 s, and 1 s for the second half of the rounds: a machine that slowed down.

    Args:
        models: Labels of the models.
        workloads: Labels of the workloads.
        rounds: Rounds of each.
        failing: (workload, system) that could not answer.
        left_out: Systems that could not be run.
    """
    rng = np.random.default_rng(1)
    rows, timings = [], []
    for workload in workloads:
        for model in models:
            for number, (label, factor) in enumerate(FACTORS.items()):
                away, failed = label in left_out, (workload, label) in failing
                values = (3, (number + 1) * 100 * 2**20, 0.01 * number, 0.1 * number, 1 - 0.1 * number)
                if away or failed:
                    values = (0, *[math.nan] * 4)
                why = ("no network" if away else "", "the process ended (code -9)" if failed else "")
                rows.append((workload, model, f"s{number}", label, f"library=={number}.0", *why, *values))
                if not (away or failed):
                    for one in range(rounds):
                        seconds = (0.1 if one < rounds / 2 else 1.0) * factor * rng.uniform(0.99, 1.01)
                        timings.append((workload, model, f"s{number}", one, one % 3, 5, 500, 2, seconds))
    return {
        "peers": pd.DataFrame(rows, columns=list(PEERS)),
        "peer_timings": pd.DataFrame(timings, columns=list(PEER_TIMINGS)),
    }
