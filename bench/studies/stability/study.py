"""The whole study: score the same pairs in several ways, compare, and write what differs."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from rich.console import Console

from bench.common.terminal import say
from bench.provenance.machine import fingerprint
from bench.studies.stability.agreement import agree, farther
from bench.studies.stability.compared_graphs import write_graphs
from bench.studies.stability.judged_requests import read_judged_requests
from bench.studies.stability.saturation import look_for_saturation
from bench.studies.stability.stability_report import write_stability_report
from bench.studies.stability.variants import ALONE, FAST, IN_FLOAT, plan, score
from flashrank import available_cores, resolve_model


def measure_stability(
    model: str,
    collection: Path,
    out: Path,
    console: Console,
    *,
    run: Path | None = None,
    cache_dir: Path | None = None,
    depth: int = 100,
    max_length: int = 512,
    limit: int | None = None,
) -> Path:
    """Score, compare and write; return the path of the page.

    Args:
        model: A model's name, or its directory.
        collection: A folder in BEIR layout.
        out: Folder of the results.
        console: Where a line is printed for each way of scoring.
        run: A TREC run to take candidates from; None for BM25 over the collection.
        cache_dir: Where models are kept.
        depth: Candidates per query, at most.
        max_length: Tokens per pair, at most; less where the model takes fewer.
        limit: Queries, at most: the collection's first.

    Raises:
        BenchError: An input cannot be used.
        FlashRankError: The model cannot be used.
    """
    files = resolve_model(model, cache_dir)
    length = max_length if files.spec is None else min(max_length, files.spec.max_length)
    judged = read_judged_requests(collection, run, depth, limit)
    with tempfile.TemporaryDirectory() as scratch:
        graphs = write_graphs(files, Path(scratch))
        variants, contrasts = plan(graphs, max(2, available_cores()))
        scored = {}
        for variant in variants:
            scored[variant.name] = score(variant, length, judged.requests)
            say(console, f"{variant.name}: {judged.pairs} pairs in {scored[variant.name].seconds:.1f} s")
        found = [(contrast, agree(scored[contrast.new], scored[contrast.base], judged)) for contrast in contrasts]
        distance = farther(scored[FAST], scored[ALONE], scored[IN_FLOAT]) if FAST in scored else None
        saturation = look_for_saturation(graphs, length, judged.requests, found)
    name = Path(model).name
    setup = {
        "model": name,
        "sha256": hashlib.sha256(files.weights.read_bytes()).hexdigest(),
        "candidates": run.name if run else "BM25",
        "depth": depth,
        "max_length": length,
    }
    return write_stability_report(
        out, f"Stability of {name}", setup, judged, list(scored.values()), found, distance, saturation, fingerprint()
    )
