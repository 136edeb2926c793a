"""How long an experiment will take, in one line, before it starts: a short probe of each model times what is left.

First stages, measures and the report are not in it: reranking is what takes the time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.common.words import count_of
from bench.data.length_mixes import find_mix
from bench.experiment.cold_start import ColdStartSpec
from bench.experiment.grids import LatencySpec, SweepSpec
from bench.experiment.listwise import is_listwise
from bench.experiment.peers import PeersSpec, WorkloadSpec
from bench.experiment.schema import PARTS, Experiment, Part
from bench.measure.latency import settings, thread_counts
from bench.results.folder import RunDirectory
from bench.run.probe import Speed, probe
from bench.run.rankers import ranker_of, threads_of
from bench.run.remaining import cold_starts_left, comparisons_left, latency_left, pairs_of, quality_left
from flashrank import Ranker, available_cores

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: Units of time: the seconds up to which each is used, its own seconds, and its name.
_UNITS = (
    (240.0, 1.0, "seconds"),
    (6000.0, 60.0, "minutes"),
    (2 * 86400.0, 3600.0, "hours"),
    (math.inf, 86400.0, "days"),
)
_NAMES: Mapping[Part, str] = {
    "quality": "quality",
    "sweep": "the sweep",
    "latency": "the latency grid",
    "peers": "the systems side by side",
    "cold_start": "cold starts",
}
_BESIDE = "first stages and the report come on top"
_BESIDE_SYSTEMS = "first stages, installing systems and the report come on top"
#: Seconds until an interpreter has imported what loads a model.
_INTERPRETER = 0.3
#: Seconds for which a footprint is measured, after a first request.
_FOOTPRINT = 1.0


@dataclass
class Estimate:
    """What is left of an experiment.

    Attributes:
        seconds: Part -> seconds.
        pairs: Pairs that the quality measurement will score.
        models: Models that score them.
        unknown: Models that cannot be estimated.
    """

    seconds: dict[Part, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    pairs: int = 0
    models: int = 0
    unknown: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return one line for a person."""
        without = f"; without {', '.join(self.unknown)}, of which nothing is known" if self.unknown else ""
        total = sum(self.seconds.values())
        if not total:
            return f"nothing is left to measure{without}"
        total = max(total, 1.0)
        size, unit = next((size, unit) for above, size, unit in _UNITS if total < above)
        named = {"quality": f"{_NAMES['quality']} ({self.pairs:,} pairs with {count_of(self.models, 'model')})"}
        parts = [
            f"{_amount(seconds / size)} for {named.get(part, _NAMES[part])}"
            for part, seconds in self.seconds.items()
            if seconds
        ]
        beside = _BESIDE_SYSTEMS if self.seconds.get("peers") or self.seconds.get("cold_start") else _BESIDE
        unit = unit[:-1] if total / size < 1.5 else unit
        return f"about {_amount(total / size)} {unit}: {', '.join(parts)}; {beside}{without}"


def estimate(experiment: Experiment, out: RunDirectory) -> Estimate:
    """Probe the models that have something left to do, and add up what that takes.

    Raises:
        BenchError: A dataset or its run cannot be read, or a latency grid cannot be measured here.
        FlashRankError: A model cannot be used.
    """
    found, planned = Estimate(), experiment.planned()
    pairs_of_each = [pairs_of(experiment, dataset) for dataset in planned.datasets]
    for reranker in experiment.models:
        left = [quality_left(experiment, pairs, reranker, out) for pairs in pairs_of_each]
        grid = planned.latency if latency_left(experiment, reranker, out) else None
        comparisons = comparisons_left(experiment, reranker, out)
        starts = planned.cold_start if cold_starts_left(experiment, reranker, out) else None
        if grid is None and starts is None and not comparisons and not any(share or sweep for share, sweep in left):
            continue
        if is_listwise(reranker):
            found.unknown.append(reranker.label)
            continue
        started = time.perf_counter()
        ranker = ranker_of(reranker)
        speed = probe(ranker, time.perf_counter() - started)
        if speed is None:
            found.unknown.append(reranker.label)
            continue
        found.models += any(share for share, _ in left)
        for pairs, (share, sweep) in zip(pairs_of_each, left, strict=True):
            tokens = pairs.tokens(ranker)
            found.pairs += round(share * pairs.count)
            if share:
                found.seconds["quality"] += share * quality_seconds(speed, pairs.count, tokens) + speed.loading
            if sweep and planned.sweep is not None:
                counts = len(pairs.task.queries), pairs.count, pairs.depth
                found.seconds["sweep"] += sweep_seconds(speed, planned.sweep, *counts, tokens)
        if grid is not None:
            threads = thread_counts(grid, threads_of(reranker), available_cores())
            found.seconds["latency"] += latency_seconds(speed, grid, threads)
        if planned.peers is not None:
            found.seconds["peers"] += sum(
                comparison_seconds(
                    speed, planned.peers.narrowed(workload), workload.passages, _tokens(experiment, workload, ranker)
                )
                for workload in comparisons
            )
        if starts is not None:
            found.seconds["cold_start"] += cold_start_seconds(speed, starts)
    return found


def _tokens(experiment: Experiment, workload: WorkloadSpec, ranker: Ranker) -> npt.NDArray[np.int64]:
    """Return how many tokens some of a workload's pairs have."""
    import numpy as np

    dataset = experiment.dataset_of(workload)
    if dataset is not None:
        return pairs_of(experiment, dataset).tokens(ranker)
    return np.array([find_mix(str(workload.mix)).tokens])


def quality_seconds(speed: Speed, pairs: int, tokens: npt.NDArray[np.int64]) -> float:
    """Return the seconds of scoring ``pairs`` pairs, of which ``tokens`` is a sample."""
    return pairs * speed.pairs(tokens.clip(max=speed.max_length)) / max(1, len(tokens))


def sweep_seconds(
    speed: Speed, spec: SweepSpec, queries: int, pairs: int, depth: int, tokens: npt.NDArray[np.int64]
) -> float:
    """Return the seconds of a sweep: what is cut shorter is scored again, then every point is timed.

    Args:
        speed: The model's.
        spec: The sweep.
        queries: Queries of the dataset.
        pairs: Pairs of all queries.
        depth: Candidates of the query with most.
        tokens: Of a sample of pairs, as if nothing were cut.
    """
    lengths = [length for length in spec.max_lengths if length < speed.max_length]
    depths = [*(count for count in spec.depths if count < depth), depth]
    cut = sum(pairs * speed.pairs(tokens[tokens > length].clip(max=length)) / max(1, len(tokens)) for length in lengths)
    timed = sum(quality_seconds(speed, count, tokens) for count in depths)
    timed += sum(quality_seconds(speed, depth, tokens.clip(max=length)) for length in lengths)
    return cut + min(spec.timed_queries, queries) * spec.repeats * timed + 2 * len(lengths) * speed.loading


def latency_seconds(speed: Speed, grid: LatencySpec, threads: tuple[int, ...]) -> float:
    """Return the seconds of a latency grid, the measurement of memory included."""
    seconds, longest = 0.0, 0.0
    for setting in settings(grid, threads, speed.max_length):
        one = speed.request(*setting)
        repeats = min(grid.repeats, max(grid.min_repeats, math.ceil(grid.max_seconds / one)))
        seconds += (grid.warmup + repeats) * one
        longest = max(longest, one)
    return seconds + (len(threads) + 1) * speed.loading + longest + max(_FOOTPRINT, longest)


def comparison_seconds(speed: Speed, spec: PeersSpec, passages: int, tokens: npt.NDArray[np.int64]) -> float:
    """Return the seconds of one comparison, as if all systems were as fast as this library; most are slower.

    Args:
        speed: The model's.
        spec: What is compared.
        passages: Passages per request.
        tokens: Of a sample of pairs, as if nothing were cut.
    """
    one = quality_seconds(speed, passages, tokens)
    each = one * len(spec.systems)
    least, most = each * spec.min_rounds, each * spec.rounds
    untimed = spec.requests * (each + one)  # every system answers each request once, and float32 does
    return untimed + min(most, max(least, spec.max_seconds)) + (len(spec.systems) + 1) * speed.loading


def cold_start_seconds(speed: Speed, spec: ColdStartSpec) -> float:
    """Return the seconds of all cold starts, as if all systems were as fast as this library; most are slower."""
    tokens = find_mix(spec.mix).tokens
    answers = sum(speed.request(tokens, passages, threads) for threads, passages in spec.settings)
    starts = len(spec.settings) * (_INTERPRETER + speed.loading)
    return len(spec.systems) * (spec.rounds + 1) * (starts + (spec.warm + 1) * answers)


def _amount(number: float) -> str:
    return f"{number:,.0f}" if number >= 0.95 else "less than 1"
