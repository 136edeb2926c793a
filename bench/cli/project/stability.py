"""``stability``: how far a model's scores hold still, on real queries and passages.

The same pairs are scored with the int8 file and with its weights in fp32; each alone, and in one padded batch per
query; in other processes; with one thread; and with 8-bit sums that are exact or that saturate, as those of different
processors do. What differs is written to a page and to tables.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench.cli.options import RUNS, add_cache_dir, add_explanation, add_out, at_least_one
from bench.common.exit_codes import ExitCode
from bench.common.terminal import say
from bench.studies.stability.study import measure_stability


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_explanation(parser, __doc__)
    parser.add_argument("model", metavar="MODEL", help="a model's name, or its directory")
    parser.add_argument("--collection", type=Path, required=True, metavar="FOLDER", help="a folder in BEIR layout")
    parser.add_argument("--run", type=Path, metavar="FILE", help="TREC run to take candidates from (default: BM25)")
    add_cache_dir(parser)
    parser.add_argument(
        "--depth", type=at_least_one, metavar="N", default=100, help="candidates per query (default: 100)"
    )
    parser.add_argument(
        "--max-length", type=at_least_one, metavar="N", default=512, help="tokens per pair (default: 512)"
    )
    parser.add_argument("--limit", type=at_least_one, metavar="N", help="use the first N queries")
    add_out(parser, "folder of results (default: runs/stability-MODEL)")


def run(options: argparse.Namespace, console: Console) -> int:
    """Score the pairs in every way and write what differs."""
    page = measure_stability(
        options.model,
        options.collection,
        options.out or RUNS / f"stability-{Path(options.model).name}",
        console,
        run=options.run,
        cache_dir=options.cache_dir,
        depth=options.depth,
        max_length=options.max_length,
        limit=options.limit,
    )
    say(console, f"report: {page}")
    return ExitCode.DONE
