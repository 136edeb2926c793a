"""The verb ``stability``: how far a model's scores hold still, on real queries and passages.

::

    python -m bench stability MODEL --collection FOLDER --run FILE

scores the same pairs with the int8 file and with its weights in fp32, each alone and in one padded batch per query, in
processes of their own, again, with one thread, and with 8-bit sums that are exact and that saturate, as those of
different processors do; and writes what differs.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from pathlib import Path

from rich.console import Console

from bench.cli.arguments import at_least_one
from bench.common.errors import BenchError
from bench.provenance.machine import fingerprint
from flashrank.models.store import resolve_model
from flashrank.scoring.cores import available_cores


def measure(options: argparse.Namespace, console: Console) -> Path:
    """Score, compare and write; return the page's path.

    Raises:
        BenchError: An input cannot be used, or the packages this needs are not installed.
        FlashRankError: The model cannot be used.
    """
    try:
        from bench.studies.stability import report
        from bench.studies.stability.agreement import agree
        from bench.studies.stability.graphs import write_graphs
        from bench.studies.stability.saturation import look_for_saturation
        from bench.studies.stability.variants import plan, score
        from bench.studies.stability.workload import load_workload
    except ModuleNotFoundError as error:
        raise BenchError(f"stability needs the package {error.name}: pip install onnx scipy") from error

    files = resolve_model(options.model, options.cache_dir)
    limit = files.spec.max_length if files.spec is not None else options.max_length
    length = min(options.max_length, limit)
    workload = load_workload(options.collection, options.run, options.depth, options.limit)
    with tempfile.TemporaryDirectory() as scratch:
        graphs = write_graphs(files.weights, Path(scratch))
        variants, contrasts = plan(graphs, max(2, available_cores()))
        scored = {}
        for variant in variants:
            scored[variant.name] = score(variant, files.directory, length, workload.requests)
            line = f"{variant.name}: {workload.pairs} pairs in {scored[variant.name].seconds:.1f} s"
            console.print(line, highlight=False, markup=False)
        found = [(contrast, agree(scored[contrast.new], scored[contrast.base], workload)) for contrast in contrasts]
        saturation = look_for_saturation(graphs, files.directory, length, workload.requests, found)
    name = Path(options.model).name
    setup = {
        "model": name,
        "sha256": hashlib.sha256(files.weights.read_bytes()).hexdigest(),
        "candidates": options.run.name if options.run else "BM25",
        "depth": options.depth,
        "max_length": length,
    }
    out = options.out or options.runs / f"stability-{name}"
    return report.write(
        out, f"Stability of {name}", setup, workload, list(scored.values()), found, saturation, fingerprint()
    )


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
    console.print(f"report: {measure(options, console)}", highlight=False, markup=False)
    return 0
