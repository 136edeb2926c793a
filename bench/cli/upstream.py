"""``python -m bench.cli.upstream``: how much faster and smaller than FlashRank 0.2.10, on the same model file.

Upstream needs an environment of its own, since the packages share a name::

    python -m venv peer && peer/bin/pip install flashrank==0.2.10
    python -m bench.cli.upstream --peer peer/bin/python --cache-dir MODELS --collection FOLDER
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.common.errors import BenchError
from bench.common.terminal import escape_unencodable
from bench.provenance.machine import fingerprint
from bench.studies.upstream import compare_with_upstream, machine_line, requests_of, result_lines


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
        result = compare_with_upstream(options.peer, options.model, options.cache_dir, requests)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    queries = len({query for query, _ in requests})
    print(
        f"{options.model}, {options.rounds} requests ({queries} queries of {options.collection.name}, "
        f"top {options.passages} of {options.run or 'BM25'}), in turn; {machine_line(fingerprint())}"
    )
    for line in result_lines(result):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
