"""Synthetic sweeps over depth and length."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from bench.results.run_results import SWEEP, SWEEP_TIMINGS


def swept(results, depths=(10, 20, 50, 100), lengths=(64, 128, 256), timed=4, threads=2):
    """Return ``results`` with a sweep of every model: better and slower with depth, length and number of the model."""
    rng = np.random.default_rng(1)
    baselines = results.quality[(results.quality["model"] == "BM25") & (results.quality["measure"] == "nDCG@10")]
    quality, timings = [], []
    for dataset, of_dataset in baselines.groupby("dataset"):
        for index, model in enumerate(results.models):
            for depth in depths:
                for length in lengths:
                    gain = 0.02 * (index + 1) * np.log(depth / 5) * min(1, length / 200)
                    setting = (depth, length)
                    for number, (query_id, value) in enumerate(
                        zip(of_dataset["query_id"], of_dataset["value"], strict=True)
                    ):
                        found = float(np.clip(value + gain + rng.normal(0, 0.05), 0, 1))
                        quality.append((dataset, model.name, query_id, *setting, "nDCG@10", found))
                        if number < timed:
                            time = 1e-6 * 3.0**index * depth * min(length, 150) * rng.lognormal(0, 0.2)
                            timings.append((dataset, model.name, query_id, *setting, 100, threads, 0, time))
    return dataclasses.replace(
        results,
        sweep=pd.DataFrame(quality, columns=list(SWEEP)),
        sweep_timings=pd.DataFrame(timings, columns=list(SWEEP_TIMINGS)),
    )
