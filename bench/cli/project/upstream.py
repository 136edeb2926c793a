"""``upstream``: how much faster and smaller than FlashRank 0.2.10, on the same model file.

Upstream needs an environment of its own, since the packages share a name:

    python -m venv peer && peer/bin/pip install flashrank==0.2.10
    python -m bench upstream --peer peer/bin/python --cache-dir MODELS --collection FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench.cli.options import add_cache_dir, add_explanation, at_least_one
from bench.common.exit_codes import ExitCode
from bench.common.terminal import say
from bench.provenance.machine import fingerprint
from bench.studies.upstream import compare_with_upstream, machine_line, requests_of, result_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_explanation(parser, __doc__)
    parser.add_argument("--peer", required=True, metavar="PYTHON", help="interpreter with flashrank==0.2.10")
    add_cache_dir(parser, required=True)
    parser.add_argument(
        "--collection", required=True, type=Path, metavar="FOLDER", help="a folder in BEIR layout, for its queries"
    )
    parser.add_argument("--run", type=Path, metavar="FILE", help="TREC run to take passages from (default: BM25)")
    parser.add_argument(
        "--model", default="ms-marco-MiniLM-L-12-v2", metavar="NAME", help="the model of both (default: %(default)s)"
    )
    parser.add_argument(
        "--passages", type=at_least_one, default=100, metavar="N", help="passages per request (default: 100)"
    )
    parser.add_argument(
        "--rounds", type=at_least_one, default=9, metavar="N", help="requests to each version (default: 9)"
    )
    parser.add_argument("--seed", type=int, metavar="N", default=0, help="chooses the queries (default: 0)")


def run(options: argparse.Namespace, console: Console) -> int:
    """Send the same requests to both and print how they compare."""
    requests = requests_of(options.collection, options.run, options.passages, options.rounds, options.seed)
    result = compare_with_upstream(options.peer, options.model, options.cache_dir, requests)
    queries = len({request.query_id for request in requests})
    lines = [
        f"{options.model}, {options.rounds} requests ({queries} queries of {options.collection.name}, "
        f"top {options.passages} of {options.run or 'BM25'}), in turn; {machine_line(fingerprint())}",
        *result_lines(result),
    ]
    for line in lines:
        say(console, line)
    return ExitCode.DONE
