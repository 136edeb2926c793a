"""The verb ``stability``: how far a model's scores hold still, on real queries and passages.

::

    python -m bench stability MODEL --collection FOLDER --run FILE

scores the same pairs with the int8 file and with its weights in fp32, each alone and in one padded batch per query, in
processes of their own, again, with one thread, and with 8-bit sums that are exact and that saturate, as those of
different processors do; and writes what differs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench.cli.arguments import at_least_one
from bench.common.errors import BenchError


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser], runs: Path) -> None:
    """Add the verb; its ``command`` takes the parsed options and a console and returns the exit code.

    Args:
        verbs: What the command line's verbs are added to.
        runs: Where the folder of results goes that is not given.
    """
    parser = verbs.add_parser("stability", help="how far a model's scores hold still on real pairs")
    parser.add_argument("model", metavar="MODEL", help="a model's name, or its directory")
    parser.add_argument("--collection", type=Path, required=True, metavar="FOLDER", help="a folder in BEIR layout")
    parser.add_argument("--run", type=Path, metavar="FILE", help="TREC run to take candidates from (default: BM25)")
    parser.add_argument("--cache-dir", type=Path, metavar="DIR", help="where models are kept")
    parser.add_argument("--depth", type=at_least_one, default=100, help="candidates per query (default: 100)")
    parser.add_argument("--max-length", type=at_least_one, default=512, help="tokens per pair (default: 512)")
    parser.add_argument("--limit", type=at_least_one, metavar="N", help="use the first N queries")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of results (default: runs/stability-MODEL)")
    parser.set_defaults(command=_stability, runs=runs)


def _stability(options: argparse.Namespace, console: Console) -> int:
    try:
        from bench.studies.stability.study import measure_stability
    except ModuleNotFoundError as error:
        raise BenchError(f"stability needs the package {error.name}: pip install onnx scipy") from error

    page = measure_stability(
        options.model,
        options.collection,
        options.out or options.runs / f"stability-{Path(options.model).name}",
        console,
        run=options.run,
        cache_dir=options.cache_dir,
        depth=options.depth,
        max_length=options.max_length,
        limit=options.limit,
    )
    console.print(f"report: {page}", highlight=False, markup=False)
    return 0
