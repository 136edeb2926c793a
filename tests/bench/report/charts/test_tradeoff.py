from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench.report.charts.tradeoff import MEDIAN, tradeoff
from tests.bench.report.sweeps import swept


def test_a_point_is_the_mean_of_medians_and_of_the_measure(make_results):
    results = make_results(models=1, datasets=["x", "y"])
    medians = results.timings.groupby("dataset")["seconds"].median() * 1000
    data = tradeoff(results)
    quality = results.quality[(results.quality["measure"] == "nDCG@10") & (results.quality["model"] == "model-0")]
    point = data.points["model-0"]
    assert point.latency(MEDIAN) == pytest.approx(medians.mean())
    assert point.quality.value == pytest.approx(quality.groupby("dataset")["value"].mean().mean())
    assert data.left_out == ()


def test_points_stay_as_run_where_curves_are_over_depths(make_results):
    results = swept(make_results(models=1, datasets=["x"], queries=6), depths=(10, 50), lengths=(64,))
    data = tradeoff(results)
    assert data.points["model-0"].name == "as run"
    assert [setting.name for setting in data.curve_over(("x",), "model-0")] == ["top 10", "top 50"]


def test_settings_over_datasets_are_those_that_all_of_them_have(make_results):
    results = swept(make_results(models=1, datasets=["x", "y"], queries=6), depths=(10, 50), lengths=(64,))
    sweep, timings = results.sweep, results.sweep_timings
    results = replace(
        results,
        sweep=sweep[(sweep["dataset"] == "x") | (sweep["depth"] == 10)],
        sweep_timings=timings[(timings["dataset"] == "x") | (timings["depth"] == 10)],
    )
    (only,) = tradeoff(results).curve_over(("x", "y"), "model-0")
    assert (only.name, len(only.quality.samples), len(only.milliseconds)) == ("top 10", 2, 2)


def test_a_sweep_counts_at_the_longest_pairs_and_most_threads_only(make_results):
    results = swept(make_results(models=1, datasets=["x"], queries=6), lengths=(128,))
    timings = results.sweep_timings
    both = replace(
        results,
        sweep=pd.concat([results.sweep, results.sweep.assign(max_length=64, value=0.0)]),
        sweep_timings=pd.concat(
            [timings, timings.assign(threads=0, seconds=99.0), timings.assign(max_length=64, seconds=88.0)]
        ),
    )
    expected, found = (tradeoff(each).curve_over(("x",), "model-0") for each in (results, both))
    assert len(expected) > 1
    for one, two in zip(expected, found, strict=True):
        assert one.name == two.name
        assert np.array_equal(one.milliseconds[0], two.milliseconds[0])
        assert np.array_equal(one.quality.samples[0], two.quality.samples[0])
