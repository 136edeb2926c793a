"""How much faster and smaller than FlashRank 0.2.10, on the same model file.

Both packages are called flashrank, so upstream's lies in an environment of its own.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bench.common.errors import BenchError
from bench.measure.paired_timing import PairedTimes, time_processes
from bench.measure.request import Request
from bench.measure.worker_process import WorkerProcess, ranker_process
from bench.studies.real_requests import open_with_candidates, read_requests

#: Passages of the first request that are also sent one at a time.
_ALONE = 20


@dataclass(frozen=True, eq=False)
class UpstreamComparison:
    """This checkout and upstream at the same requests.

    Attributes:
        times: Seconds of every request, A this checkout's and B upstream's.
        our_peak: Peak memory of this checkout's process, in bytes.
        their_peak: Of upstream's.
        equal_alone: Passages, of those scored one at a time by both, whose scores are equal to the bit.
        compared_alone: How many were scored so.
    """

    times: PairedTimes
    our_peak: int
    their_peak: int
    equal_alone: int
    compared_alone: int


def requests_of(folder: Path, run: Path | None, passages: int, rounds: int, seed: int) -> list[Request]:
    """Return queries drawn from a collection, each with its best passages, as a search engine would send them.

    Args:
        folder: The collection, in BEIR layout.
        run: A TREC run to take passages from; None for BM25 over the collection.
        passages: Passages per request; queries that have fewer are left out.
        rounds: Requests; queries come again when there are fewer of them.
        seed: Chooses the queries.

    Raises:
        BenchError: The collection or the run cannot be read, or no query has that many passages.
    """
    collection, candidates = open_with_candidates(folder, run, passages)
    full = [query_id for query_id, ranked in candidates.items() if len(ranked) == passages]
    if not full:
        raise BenchError(f"{run or folder}: no query has {passages} passages; ask for fewer --passages")
    random.Random(seed).shuffle(full)
    return list(islice(cycle(read_requests(collection, candidates, full[:rounds])), rounds))


def compare_with_upstream(peer: str, model: str, cache_dir: Path, requests: Sequence[Request]) -> UpstreamComparison:
    """Send the same requests to this checkout and to FlashRank 0.2.10, each in a process of its own.

    Args:
        peer: Interpreter of an environment with ``flashrank==0.2.10``.
        model: Name of the model, or its directory.
        cache_dir: Folder that holds the model, in FlashRank's layout.
        requests: At least one.

    Raises:
        BenchError: One of the two cannot load the model, or ``peer`` finds this checkout's flashrank.
    """
    models = str(cache_dir.absolute())
    with (
        ranker_process("this checkout", model, cache_dir=models) as ours,
        ranker_process(peer, model, cache_dir=models, python=peer, path="") as theirs,
    ):
        if ours.package == theirs.package:
            raise BenchError(f"--peer {peer} finds this checkout's flashrank, not an installed 0.2.10")
        return compare_processes(ours, theirs, requests, _ALONE)


def compare_processes(
    ours: WorkerProcess, theirs: WorkerProcess, requests: Sequence[Request], alone: int
) -> UpstreamComparison:
    """Send the same requests to two worker processes in turns, after one that is not timed.

    Args:
        ours: The process with this checkout.
        theirs: The process with upstream.
        requests: At least one.
        alone: Passages of the first request that are also sent one at a time, to compare scores.

    Raises:
        WorkerError: A process cannot rerank a request.
    """
    first = requests[0]
    one_by_one = [
        [process.ask(first.query, [text])["scores"] for text in first.texts[:alone]] for process in (ours, theirs)
    ]
    times, our_answers, their_answers = time_processes(ours, theirs, requests, warm_up=1)
    return UpstreamComparison(
        times=times,
        our_peak=our_answers[-1]["peak_bytes"],
        their_peak=their_answers[-1]["peak_bytes"],
        equal_alone=sum(our == their for our, their in zip(*one_by_one, strict=True)),
        compared_alone=len(first.texts[:alone]),
    )


def result_lines(result: UpstreamComparison) -> Iterator[str]:
    """Yield what was found: a line for each of the two, then speed, memory and scores."""
    for label, seconds, peak in (
        ("ours", result.times.a, result.our_peak),
        ("0.2.10", result.times.b, result.their_peak),
    ):
        yield (
            f"{label:>7}: median {statistics.median(seconds):.3f} s ({min(seconds):.3f} to {max(seconds):.3f}), "
            f"peak memory {peak / 2**20:.0f} MiB"
        )
    speedups = result.times.ratios
    yield f"speed: {statistics.median(speedups):.2f}x ({min(speedups):.2f}x to {max(speedups):.2f}x) of 0.2.10"
    yield f"memory: 1/{result.their_peak / result.our_peak:.1f} of 0.2.10"
    yield f"scores one passage at a time: {result.equal_alone} of {result.compared_alone} equal to the bit"


def machine_line(machine: Mapping[str, Any]) -> str:
    """Return what it was measured on, from the machine's fingerprint."""
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {'+'.join(machine['isa'])}, "
        f"onnxruntime {machine['versions']['onnxruntime']}"
    )
