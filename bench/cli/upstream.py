"""``python -m bench.cli.upstream``: how much faster and smaller than FlashRank 0.2.10, on the same model file.

Upstream needs an environment of its own, since the packages share a name::

    python -m venv peer && peer/bin/pip install flashrank==0.2.10
    python -m bench.cli.upstream --peer peer/bin/python --cache-dir MODELS --collection FOLDER
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from bench.common.errors import BenchError
from bench.data.collections.opening import open_collection
from bench.data.dataset_spec import CandidatesSpec, DatasetSpec
from bench.data.first_stages.candidates import retrieve
from bench.measure.worker_process import Side
from bench.provenance.machine import fingerprint
from bench.run.execute import cache_dir
from flashrank._terminal import escape_unencodable

Request = tuple[str, list[str]]

_ROOT = Path(__file__).parents[2]


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


def compare(ours: Side, theirs: Side, requests: list[Request], alone: int) -> Comparison:
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


def main() -> int:
    """Run the comparison and print it; exit code 2 for a user's mistake."""
    escape_unencodable()
    parser = argparse.ArgumentParser(
        prog="python -m bench.cli.upstream", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--peer", required=True, metavar="PYTHON", help="interpreter with flashrank==0.2.10")
    parser.add_argument("--cache-dir", required=True, help="folder that holds the model, in FlashRank's layout")
    parser.add_argument("--collection", required=True, type=Path, help="folder in BEIR layout to take queries from")
    parser.add_argument("--run", type=Path, help="TREC run to take passages from (default: BM25 over the collection)")
    parser.add_argument("--model", default="ms-marco-MiniLM-L-12-v2")
    parser.add_argument("--passages", type=int, default=100, help="passages per request (default: 100)")
    parser.add_argument("--rounds", type=int, default=9, help="requests, each timed on both sides (default: 9)")
    parser.add_argument("--seed", type=int, default=0, help="chooses the queries")
    options = parser.parse_args()
    try:
        requests = requests_of(options.collection, options.run, options.passages, options.rounds, options.seed)
        models = str(Path(options.cache_dir).absolute())
        with (
            Side(sys.executable, sys.executable, options.model, cache_dir=models, path=str(_ROOT)) as ours,
            Side(options.peer, options.peer, options.model, cache_dir=models) as theirs,
        ):
            if ours.package == theirs.package:
                raise BenchError(f"--peer {options.peer} finds this checkout's flashrank, not an installed 0.2.10")
            result = compare(ours, theirs, requests, alone=20)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    _print(result, options, len({query for query, _ in requests}))
    return 0


def _print(result: Comparison, options: argparse.Namespace, queries: int) -> None:
    machine = fingerprint()
    speedups = result.speedups
    print(
        f"{options.model}, {options.rounds} requests ({queries} queries of {options.collection.name}, "
        f"top {options.passages} of {options.run or 'BM25'}), in turn; {machine['cpu']}, {machine['cores']} cores, "
        f"{'+'.join(machine['isa'])}, onnxruntime {machine['versions']['onnxruntime']}"
    )
    for label, seconds, peak in (("ours", result.ours, result.our_peak), ("0.2.10", result.theirs, result.their_peak)):
        median = statistics.median(seconds)
        print(
            f"{label:>7}: median {median:.3f} s ({min(seconds):.3f} to {max(seconds):.3f}), "
            f"peak memory {peak / 2**20:.0f} MiB"
        )
    print(f"speed: {statistics.median(speedups):.2f}x ({speedups[0]:.2f}x to {speedups[-1]:.2f}x) of 0.2.10")
    print(f"memory: 1/{result.their_peak / result.our_peak:.1f} of 0.2.10")
    print(f"scores one passage at a time: {result.equal_alone} of {result.compared_alone} equal to the bit")


if __name__ == "__main__":
    sys.exit(main())
