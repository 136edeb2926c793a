from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.common.errors import BenchError
from bench.report.values.operating_points import OperatingPoint, front, operating_points, percentile_interval
from bench.results.run_results import SWEEP, SWEEP_TIMINGS
from bench.stats.intervals import bootstrap_interval


def swept(results, values, seconds, dataset="x", queries=("q0", "q1", "q2")):
    """Return ``results`` with a sweep: (model, depth, max_length) -> a value a query, and -> the repeats of a query."""
    quality = [
        (dataset, model, query_id, depth, max_length, "nDCG@10", value)
        for (model, depth, max_length), of_queries in values.items()
        for query_id, value in zip(queries, of_queries, strict=True)
    ]
    timings = [
        (dataset, model, query_id, depth, max_length, 100, 2, repeat, time)
        for (model, depth, max_length), of_queries in seconds.items()
        for query_id, repeats in zip(queries, of_queries, strict=False)
        for repeat, time in enumerate(repeats)
    ]
    return dataclasses.replace(
        results,
        sweep=pd.DataFrame(quality, columns=list(SWEEP)),
        sweep_timings=pd.DataFrame(timings, columns=list(SWEEP_TIMINGS)),
    )


@pytest.fixture
def results(make_results):
    return make_results(models=["small", "large"], datasets=["x"], queries=3)


def point(quality, latency, depth=10, max_length=128, model="m"):
    return OperatingPoint(model, depth, max_length, 1, np.array([quality]), np.array([float(latency)]))


def test_latency_is_the_percentile_over_queries_of_each_ones_median_repeat(results):
    results = swept(
        results, {("small", 10, 64): (0.2, 0.4, 0.9)}, {("small", 10, 64): ([0.01, 0.03, 0.02], [0.1], [0.3, 0.5, 9])}
    )
    first_stage, only = operating_points(results)["x"]
    assert (only.model, only.depth, only.max_length, only.threads) == ("small", 10, 64, 2)
    assert only.milliseconds == pytest.approx([20, 100, 500])
    assert only.latency(50) == pytest.approx(100)
    assert only.latency(95) == pytest.approx(np.percentile([20, 100, 500], 95))
    assert only.quality == pytest.approx(0.5)
    assert only.quality_interval == bootstrap_interval([0.2, 0.4, 0.9])
    assert only.reranks
    assert not first_stage.reranks
    assert first_stage.latency(50) == first_stage.latency(95) == 0
    baseline = results.quality[(results.quality["model"] == "BM25") & (results.quality["measure"] == "nDCG@10")]
    assert first_stage.quality == pytest.approx(baseline["value"].mean())


def test_points_are_in_the_order_of_models_lengths_and_depths(results):
    settings = [("large", 10, 64), ("small", 20, 64), ("small", 10, 128), ("small", 10, 64)]
    points = operating_points(swept(results, dict.fromkeys(settings, (0.1, 0.2, 0.3)), {}))["x"]
    assert [(of.model, of.depth, of.max_length) for of in points] == [
        ("BM25", 0, 0),
        ("small", 10, 64),
        ("small", 20, 64),
        ("small", 10, 128),
        ("large", 10, 64),
    ]
    assert [of.is_timed for of in points] == [True, False, False, False, False]
    assert np.isnan(points[1].latency(50))
    assert points[1].latency_interval(50) is None


def test_all_points_are_on_the_queries_that_each_has(results):
    results = swept(results, {("small", 10, 64): (0.1, 0.2, 0.3), ("large", 10, 64): (0.7, 0.8, 0.9)}, {})
    sweep = results.sweep[~((results.sweep["model"] == "large") & (results.sweep["query_id"] == "q1"))]
    shuffled = sweep.sample(frac=1, random_state=1)
    _, small, large = operating_points(dataclasses.replace(results, sweep=shuffled))["x"]
    assert small.values == pytest.approx([0.1, 0.3])
    assert large.values == pytest.approx([0.7, 0.9])


def test_only_the_most_threads_are_shown(results):
    results = swept(results, {("small", 10, 64): (0.1, 0.2, 0.3)}, {("small", 10, 64): ([0.1], [0.1], [0.1])})
    more = results.sweep_timings.assign(threads=4, seconds=0.05)
    both = dataclasses.replace(results, sweep_timings=pd.concat([results.sweep_timings, more], ignore_index=True))
    _, only = operating_points(both)["x"]
    assert only.threads == 4
    assert only.latency(50) == pytest.approx(50)


def test_other_measures_unknown_models_and_empty_frames_are_left_out(results):
    assert operating_points(results) == {}
    results = swept(results, {("gone", 10, 64): (0.1, 0.2, 0.3)}, {})
    assert operating_points(results) == {}
    results = swept(results, {("small", 10, 64): (0.1, 0.2, 0.3)}, {})
    assert operating_points(dataclasses.replace(results, sweep=results.sweep.assign(measure="RR@10"))) == {}


def test_without_a_first_stage_there_are_only_rerankers(make_results):
    results = make_results(models=["small"], datasets=["x"], first_stage={})
    (only,) = operating_points(swept(results, {("small", 10, 64): (0.1, 0.2, 0.3)}, {}))["x"]
    assert only.reranks


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_values_and_times_that_are_no_numbers_are_refused(results, wrong):
    results = swept(results, {("small", 10, 64): (0.1, 0.2, 0.3)}, {("small", 10, 64): ([0.1], [0.1], [0.1])})
    sweep, timings = results.sweep.copy(), results.sweep_timings.copy()
    sweep.loc[1, "value"] = wrong
    with pytest.raises(
        BenchError, match=r"nDCG@10: small on x at depth 10 and max_length 64, query 'q1': .* not a fin"
    ):
        operating_points(dataclasses.replace(results, sweep=sweep))
    timings.loc[2, "seconds"] = wrong
    with pytest.raises(BenchError, match=r"sweep timings: small on x .* query 'q2'"):
        operating_points(dataclasses.replace(results, sweep_timings=timings))


@pytest.mark.parametrize("name", ["sweep", "sweep_timings"])
def test_rows_that_stand_there_twice_are_refused(results, name):
    results = swept(results, {("small", 10, 64): (0.1, 0.2, 0.3)}, {("small", 10, 64): ([0.1], [0.1], [0.1])})
    frame = getattr(results, name)
    with pytest.raises(BenchError, match="query 'q0': measured twice"):
        operating_points(dataclasses.replace(results, **{name: pd.concat([frame, frame.iloc[:1]])}))


def test_front_is_what_nothing_beats():
    slow_and_bad, fast, middle = point(0.3, 50), point(0.4, 10), point(0.5, 30)
    equal_but_slower, best, untimed = (
        point(0.5, 40),
        point(0.6, 60),
        dataclasses.replace(fast, milliseconds=np.empty(0)),
    )
    points = [best, equal_but_slower, slow_and_bad, middle, fast, untimed]
    assert front(points, 50) == (fast, middle, best)
    assert front([], 50) == ()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), max_size=12))
def test_front_has_a_better_or_equal_point_for_each(pairs):
    points = [point(quality, latency) for quality, latency in pairs]
    found = front(points, 50)
    for one in points:
        assert any(of.quality >= one.quality and of.latency(50) <= one.latency(50) for of in found)
    for one, other in itertools.pairwise(found):
        assert one.latency(50) < other.latency(50)
        assert one.quality < other.quality


@pytest.mark.parametrize("percentile", [50, 95])
def test_percentile_interval_is_that_of_resampling(percentile):
    from scipy import stats

    values = np.random.default_rng(2).lognormal(3, 0.5, 60)
    reference = stats.bootstrap(
        (values,),
        lambda drawn, axis: np.percentile(drawn, percentile, axis=axis),
        method="percentile",
        rng=np.random.default_rng(9),
    ).confidence_interval
    interval = percentile_interval(values, percentile)
    spread = reference.high - reference.low
    assert interval.low == pytest.approx(reference.low, abs=0.05 * spread)
    assert interval.high == pytest.approx(reference.high, abs=0.05 * spread)
    assert interval == percentile_interval(values[::-1], percentile)


def test_percentile_interval_of_equal_values_is_the_value():
    interval = percentile_interval(np.full(5, 7.0), 95)
    assert (interval.low, interval.high) == pytest.approx((7, 7))
    assert point(0.5, 7).latency_interval(95) is None
    assert point(0.5, 7).quality_interval is None
