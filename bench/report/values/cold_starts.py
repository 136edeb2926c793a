"""Cold starts: each system's times and memory in a setting, and what a million requests would cost."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bench.common.words import count_of
from bench.experiment.cold_start import ColdStartSpec
from bench.report.values.text import milliseconds, ratio
from bench.results.run_results import RunResults
from bench.stats.intervals import Interval, bootstrap_interval

_MILLION = 1_000_000


@dataclass(frozen=True)
class StartedSystem:
    """One system in one setting with one model.

    Attributes:
        model: Label of the model.
        label: What tables call the system.
        threads: Threads of a process.
        passages: Passages of its request.
        rounds: Processes that were timed.
        cold_seconds: From a process's start to its first scores: the median.
        ratio: Median over rounds of that over the first system's in the same round.
        interval: The 95 % bootstrap interval of ``ratio`` over rounds; None for the first system and for one round.
        warm_seconds: Of a later answer: the median.
        peak_bytes: Most memory of a process: the median.
        dollars: What a million such requests cost.
    """

    model: str
    label: str
    threads: int
    passages: int
    rounds: int
    cold_seconds: float
    ratio: float
    interval: Interval | None
    warm_seconds: float
    peak_bytes: float
    dollars: float


def started_systems(results: RunResults) -> tuple[StartedSystem, ...]:
    """Return every setting of a run with the systems that could be started in it, in the experiment's order."""
    found: list[StartedSystem] = []
    table, spec = results.cold_starts, results.cold_start
    if spec is None or table.empty:
        return ()
    base = table["system"].iloc[0]
    measured = table[table["cold_seconds"].notna()]
    for model in results.models:
        for threads, passages in spec.settings:
            chosen = (measured["model"] == model.name) & (measured["threads"] == threads)
            setting = measured[chosen & (measured["passages"] == passages)]
            first = setting[setting["system"] == base].set_index("round")["cold_seconds"].astype(float)
            for name, rows in setting.groupby("system", sort=False):
                found.append(_started(rows.set_index("round"), None if name == base else first, spec))
    return tuple(found)


def describe_cold_starts(results: RunResults) -> str:
    """Return the cold starts of the first setting with each model in words; empty where none were measured."""
    sentences = []
    found = started_systems(results)
    for model in dict.fromkeys(one.model for one in found):
        first, *others = [one for one in found if one.model == model]
        of_setting = [one for one in others if (one.threads, one.passages) == (first.threads, first.passages)]
        ratios = "".join(f"; {one.label} {ratio(one.ratio)} times as long" for one in of_setting)
        sentences.append(
            f"{count_of(first.passages, 'passage')} with {model} on {count_of(first.threads, 'thread')}: {first.label} "
            f"{milliseconds(1000 * first.cold_seconds)} ms{ratios}"
        )
    return f"From the start of a process to the first scores: {'. '.join(sentences)}." if sentences else ""


def _started(rows: pd.DataFrame, first: pd.Series[float] | None, spec: ColdStartSpec) -> StartedSystem:
    """Return what the processes of one system in one setting took; ``first`` has the first system's by round."""
    cold, warm, peak = (float(rows[name].median()) for name in ("cold_seconds", "warm_seconds", "peak_bytes"))
    ratios = np.ones(1) if first is None else (rows["cold_seconds"].astype(float) / first).dropna().to_numpy()
    return StartedSystem(
        model=str(rows["model"].iloc[0]),
        label=str(rows["label"].iloc[0]),
        threads=int(rows["threads"].iloc[0]),
        passages=int(rows["passages"].iloc[0]),
        rounds=len(rows),
        cold_seconds=cold,
        ratio=float(np.median(ratios)) if len(ratios) else math.nan,
        interval=bootstrap_interval(ratios, statistic="median") if len(ratios) > 1 else None,
        warm_seconds=warm,
        peak_bytes=peak or math.nan,
        dollars=dollars_per_million(cold, warm, peak, spec.reranks_per_start, spec.price) if peak else math.nan,
    )


def dollars_per_million(
    cold_seconds: float, warm_seconds: float, peak_bytes: float, reranks_per_start: int, price: float
) -> float:
    """Return what a million requests cost where memory is paid for by the second.

    A process answers ``reranks_per_start`` requests: the first within its cold start, the others warm. It pays for its
    peak memory from its start to its last answer, and not for waiting.

    Args:
        cold_seconds: From a process's start to its first answer.
        warm_seconds: Of each later answer.
        peak_bytes: Memory of the process.
        reranks_per_start: Requests that it answers.
        price: US dollars per GB-second, where a GB is 2**30 bytes, as clouds have it.
    """
    seconds = (cold_seconds + (reranks_per_start - 1) * warm_seconds) / reranks_per_start
    return _MILLION * seconds * peak_bytes / 2**30 * price
