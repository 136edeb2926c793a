"""Synthetic results: everything a report reads, without a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.results.run_results import ModelInfo, RunResults

MakeResults = Callable[..., RunResults]

#: Values of BM25 on BEIR, in the order of datasets: low and high, so that charts have something to cope with.
_BASELINES = (0.68, 0.32, 0.60, 0.24, 0.40, 0.15, 0.79, 0.32, 0.31, 0.63, 0.65, 0.17, 0.44, 0.23, 0.47, 0.33, 0.4, 0.41)


def _make_results(
    models: int | Sequence[str] = 2,
    datasets: int | Sequence[str] = 3,
    queries: int = 5,
    tokens: Sequence[int] = (32, 64, 128),
    settings: Sequence[tuple[int, int]] = ((1, 1),),
    repeats: int = 4,
    **changes: Any,
) -> RunResults:
    rng = np.random.default_rng(1)
    labels = [f"model-{index}" for index in range(models)] if isinstance(models, int) else list(models)
    names = [f"dataset-{index}" for index in range(datasets)] if isinstance(datasets, int) else list(datasets)
    measures = ("nDCG@10", "RR@10")
    quality, timings = [], []
    for baseline, dataset in zip(_BASELINES * 2, names, strict=False):
        for index, label in enumerate(["BM25", *labels]):
            mean = baseline + 0.03 * index
            for query in range(queries):
                values = np.clip(rng.normal(mean, 0.1, len(measures)), 0, 1)
                quality += [
                    (dataset, label, f"q{query}", measure, value)
                    for measure, value in zip(measures, values, strict=True)
                ]
                candidates = 100 - query
                length = candidates * int(rng.integers(60, 200))
                if index:
                    seconds = length * 1e-6 * 5.0**index * rng.lognormal(0, 0.1)
                    timings.append((dataset, label, f"q{query}", candidates, length, seconds))
    latency = [
        (label, length, passages, threads, repeat, 1e-5 * 4.0**index * length * passages * rng.lognormal(0, 0.1))
        for index, label in enumerate(labels)
        for passages, threads in settings
        for length in tokens
        for repeat in range(repeats)
    ]
    fields: dict[str, Any] = {
        "name": "synthetic",
        "description": "Numbers made up.",
        "datasets": tuple(names),
        "models": tuple(
            ModelInfo(label, 2 + 10 * (index % 2), 128, 4_400_000, 512) for index, label in enumerate(labels)
        ),
        "first_stage": dict.fromkeys(names, "BM25"),
        "measures": measures,
        "quality": pd.DataFrame(quality, columns=["dataset", "model", "query_id", "measure", "value"]),
        "timings": pd.DataFrame(timings, columns=["dataset", "model", "query_id", "candidates", "tokens", "seconds"]),
        "latency": pd.DataFrame(latency, columns=["model", "tokens", "passages", "threads", "repeat", "seconds"]),
        "notes": {},
        "queries": dict.fromkeys(names, queries),
        "machine": {
            "cpu": "Some CPU",
            "cores": {"physical": 2, "logical": 4},
            "isa": ["avx2", "fma"],
            "memory_bytes": 8 * 2**30,
            "os": "Linux",
            "versions": {"python": "3.11", "numpy": "2.0"},
            "threads": 2,
            "commit": "abc123",
        },
        "missing": (),
    }
    return RunResults(**(fields | changes))


@pytest.fixture(scope="session")
def make_results() -> MakeResults:
    """Return a factory of results: numbers of models, datasets and queries, or any field as it should be."""
    return _make_results
