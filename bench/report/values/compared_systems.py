"""Systems side by side: each system's times on a workload, also as multiples of the first system's."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bench.results.run_results import RunResults
from bench.stats.intervals import Interval, bootstrap_interval

#: What the run's table says of a system as it is shown.
_MEASURED = ("peak_bytes", "mean_difference", "largest_difference", "tau")


@dataclass(frozen=True)
class ComparedSystem:
    """One system on one workload with one model; NaN stands for what was not measured.

    Attributes:
        label: What tables call it.
        left_out: Why it could not be run here; empty where it could.
        problem: Why it could not answer; empty where it could.
        rounds: Rounds that it answered.
        median_ms: Median milliseconds of a request.
        ratio: Median over rounds of its time over the first system's in the same round.
        interval: The 95 % bootstrap interval of ``ratio`` over rounds; None for the first system and for one round.
        tokens_per_second: Tokens of all pairs, padding not counted, over the total time.
        peak_bytes: Peak memory of its process.
        memory_ratio: The same over that of the first system's process.
        mean_difference: Mean absolute difference of a logit from float32.
        largest_difference: The largest.
        tau: Kendall's tau-b between its order and that of float32, mean over requests.
    """

    label: str
    left_out: str
    problem: str
    rounds: int
    median_ms: float
    ratio: float
    interval: Interval | None
    tokens_per_second: float
    peak_bytes: float
    memory_ratio: float
    mean_difference: float
    largest_difference: float
    tau: float


@dataclass(frozen=True)
class WorkloadComparison:
    """All systems on one workload with one model.

    Attributes:
        workload: Label of the workload.
        model: Label of the model.
        systems: The systems in the experiment's order; the first is what the others are compared with.
    """

    workload: str
    model: str
    systems: tuple[ComparedSystem, ...]


def comparisons(results: RunResults) -> tuple[WorkloadComparison, ...]:
    """Return every comparison of a run, by model and workload in the experiment's order."""
    found = []
    for model in results.models:
        of_model = results.peers[results.peers["model"] == model.name]
        for workload in dict.fromkeys(of_model["workload"].tolist()):
            found.append(WorkloadComparison(workload, model.name, _systems(results, workload, model.name)))
    return tuple(found)


def base_label(results: RunResults) -> str:
    """Return the label of the system that the others are compared with; empty where none were."""
    return str(results.peers["label"].iloc[0]) if len(results.peers) else ""


def _systems(results: RunResults, workload: str, model: str) -> tuple[ComparedSystem, ...]:
    rows, timings = (
        table[(table["workload"] == workload) & (table["model"] == model)]
        for table in (results.peers, results.peer_timings)
    )
    answered = {str(name): group.set_index("round") for name, group in timings.groupby("system")}
    failed = set(rows.loc[rows["problem"] != "", "system"])
    seconds = {name: group["seconds"].astype(float) for name, group in answered.items() if name not in failed}
    base, base_bytes = seconds.get(rows["system"].iloc[0]), float(rows["peak_bytes"].iloc[0])
    found: list[ComparedSystem] = []
    for row in rows.to_dict("records"):
        times, name = seconds.get(row["system"]), row["system"]
        ratios = (times / base).dropna().to_numpy() if times is not None and base is not None else np.zeros(0)
        tokens = float(answered[name]["tokens"].sum()) if times is not None else math.nan
        found.append(
            ComparedSystem(
                label=str(row["label"]),
                left_out=str(row["left_out"]),
                problem=str(row["problem"]),
                rounds=len(times) if times is not None else 0,
                median_ms=1000 * float(times.median()) if times is not None else math.nan,
                ratio=float(np.median(ratios)) if len(ratios) else math.nan,
                interval=bootstrap_interval(ratios, statistic="median") if len(ratios) > 1 and found else None,
                tokens_per_second=tokens / float(times.sum()) if times is not None else math.nan,
                memory_ratio=float(row["peak_bytes"]) / base_bytes if base_bytes else math.nan,
                **{key: float(row[key]) for key in _MEASURED},
            )
        )
    return tuple(found)
