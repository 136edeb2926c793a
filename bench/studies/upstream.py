"""How much faster and smaller than FlashRank 0.2.10, on the same model file.

Upstream needs an environment of its own, since the packages share a name.
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bench.common.errors import BenchError
from bench.data.collections.opening import open_collection
from bench.data.dataset_spec import CandidatesSpec, DatasetSpec
from bench.data.first_stages.candidates import retrieve
from bench.measure.worker_process import WorkerProcess
from bench.run.execute import cache_dir

Request = tuple[str, list[str]]

_ROOT = Path(__file__).parents[2]
_ALONE = 20


@dataclass(frozen=True)
class Comparison:
    """Seconds of every round and peak memory of both sides.

    Attributes:
        ours: Seconds a round.
        theirs: Seconds a round.
        our_peak: Bytes.
        their_peak: Bytes.
        equal_alone: Passages, of those scored one at a time by both, whose scores are equal to the bit.
        compared_alone: How many were scored so.
    """

    ours: list[float]
    theirs: list[float]
    our_peak: int
    their_peak: int
    equal_alone: int
    compared_alone: int

    @property
    def speedups(self) -> list[float]:
        """Their time over ours, round by round, ascending."""
        return sorted(theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True))


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
    collection = open_collection(DatasetSpec(path=folder))
    queries = collection.queries()
    source = CandidatesSpec(depth=passages, source="bm25" if run is None else "run", file=run)
    found = retrieve(collection, source, queries, cache_dir=cache_dir())
    full = [query_id for query_id, ranked in found.items() if len(ranked) == passages]
    if not full:
        raise BenchError(f"{run or folder}: no query has {passages} passages; ask for fewer --passages")
    random.Random(seed).shuffle(full)
    return [
        (queries[query_id], list(collection.texts(doc_id for doc_id, _ in found[query_id]).values()))
        for query_id in islice(cycle(full), rounds)
    ]


def compare(ours: WorkerProcess, theirs: WorkerProcess, requests: list[Request], alone: int) -> Comparison:
    """Send the same requests to both sides in turn, after an untimed one.

    Args:
        ours: The side with this checkout.
        theirs: The side with upstream.
        requests: Query and passages of each round.
        alone: Passages of the first request that are also sent one at a time, to compare scores.
    """
    query, texts = requests[0]
    equal = sum(
        ours.rerank(query, [text])["scores"] == theirs.rerank(query, [text])["scores"] for text in texts[:alone]
    )
    ours.rerank(query, texts)
    theirs.rerank(query, texts)
    a, b = [], []
    for request in requests:
        a.append(ours.rerank(*request))
        b.append(theirs.rerank(*request))
    return Comparison(
        ours=[answer["seconds"] for answer in a],
        theirs=[answer["seconds"] for answer in b],
        our_peak=a[-1]["peak_bytes"],
        their_peak=b[-1]["peak_bytes"],
        equal_alone=equal,
        compared_alone=min(alone, len(texts)),
    )


def compare_with_upstream(
    peer: str, model: str, cache_dir: str | Path, requests: list[Request], alone: int = _ALONE
) -> Comparison:
    """Send the same requests to this checkout and to FlashRank 0.2.10, each in a process of its own.

    Args:
        peer: Interpreter of an environment with ``flashrank==0.2.10``.
        model: Name of the model, or its directory.
        cache_dir: Folder that holds the model, in FlashRank's layout.
        requests: Query and passages of each round.
        alone: Passages of the first request that are also sent one at a time, to compare scores.

    Raises:
        BenchError: One of them cannot load the model, or ``peer`` has this checkout in it.
    """
    models = str(Path(cache_dir).absolute())
    with (
        WorkerProcess(sys.executable, sys.executable, model, cache_dir=models, path=str(_ROOT)) as ours,
        WorkerProcess(peer, peer, model, cache_dir=models) as theirs,
    ):
        if ours.package == theirs.package:
            raise BenchError(f"--peer {peer} finds this checkout's flashrank, not an installed 0.2.10")
        return compare(ours, theirs, requests, alone)


def result_lines(result: Comparison) -> Iterator[str]:
    """Yield what was found, a line for each version, then speed, memory and scores."""
    speedups = result.speedups
    for label, seconds, peak in (("ours", result.ours, result.our_peak), ("0.2.10", result.theirs, result.their_peak)):
        median = statistics.median(seconds)
        yield (
            f"{label:>7}: median {median:.3f} s ({min(seconds):.3f} to {max(seconds):.3f}), "
            f"peak memory {peak / 2**20:.0f} MiB"
        )
    yield f"speed: {statistics.median(speedups):.2f}x ({speedups[0]:.2f}x to {speedups[-1]:.2f}x) of 0.2.10"
    yield f"memory: 1/{result.their_peak / result.our_peak:.1f} of 0.2.10"
    yield f"scores one passage at a time: {result.equal_alone} of {result.compared_alone} equal to the bit"


def machine_line(machine: Mapping[str, Any]) -> str:
    """Return on what it was measured."""
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {'+'.join(machine['isa'])}, "
        f"onnxruntime {machine['versions']['onnxruntime']}"
    )
