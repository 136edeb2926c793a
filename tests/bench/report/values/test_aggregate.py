from __future__ import annotations

import dataclasses
import math
import statistics

import numpy as np
import pandas as pd
import pytest

from bench.common.errors import BenchError
from bench.report.values import aggregate


def plain_mean(results, dataset, model, measure):
    rows = results.quality.to_dict("records")
    return statistics.fmean(
        row["value"] for row in rows if (row["dataset"], row["model"], row["measure"]) == (dataset, model, measure)
    )


def without(frame, **values):
    keep = pd.Series(False, index=frame.index)
    for column, value in values.items():
        keep |= frame[column] != value
    return frame[keep]


def test_mean_quality_is_the_mean_over_queries_in_experiment_order(make_results):
    results = make_results(models=["z", "a"], datasets=["y", "b"])
    for measure in results.measures:
        means = aggregate.mean_quality(results, measure)
        assert list(means.index) == ["y", "b"]
        assert list(means.columns) == ["BM25", "z", "a"]
        for dataset in means.index:
            for model in means.columns:
                assert means.loc[dataset, model] == pytest.approx(plain_mean(results, dataset, model, measure))


def test_values_of_queries_are_in_the_order_of_ids_whatever_that_of_the_rows(make_results):
    results = make_results(queries=12)
    turned = dataclasses.replace(results, quality=results.quality.iloc[::-1])
    there, back = (aggregate.query_values(some, "RR@10") for some in (results, turned))
    assert list(there) == list(back)
    assert all(there[cell].equals(back[cell]) for cell in there)
    of_queries = there["dataset-1", "model-0"]
    assert list(of_queries.index) == sorted(f"q{number}" for number in range(12))
    rows = results.quality.set_index(["dataset", "model", "measure", "query_id"])["value"]
    assert of_queries["q7"] == rows["dataset-1", "model-0", "RR@10", "q7"]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_no_number_is_refused_by_name(make_results, value):
    results = make_results()
    quality = results.quality.copy()
    where = (quality["dataset"] == "dataset-1") & (quality["model"] == "model-0") & (quality["query_id"] == "q3")
    quality.loc[where, "value"] = value
    with pytest.raises(BenchError, match=rf"nDCG@10 of model-0 on dataset-1: the value of query 'q3' is {value}"):
        aggregate.mean_quality(dataclasses.replace(results, quality=quality), "nDCG@10")


def test_a_query_measured_twice_is_refused_by_name(make_results):
    results = make_results()
    twice = dataclasses.replace(results, quality=pd.concat([results.quality, results.quality.iloc[:1]]))
    with pytest.raises(BenchError, match="nDCG@10 of BM25 on dataset-0: query 'q0' has more than one value"):
        aggregate.mean_quality(twice, "nDCG@10")


def test_first_stages_of_different_names_share_a_row(make_results):
    results = make_results(datasets=["x", "y"])
    quality = results.quality.copy()
    quality.loc[(quality["dataset"] == "y") & (quality["model"] == "BM25"), "model"] = "judged pool"
    mixed = dataclasses.replace(results, quality=quality, first_stage={"x": "BM25", "y": "judged pool"})
    assert aggregate.row_labels(mixed) == ("First stage", "model-0", "model-1")
    means = aggregate.mean_quality(mixed, "nDCG@10")
    assert means["First stage"].tolist() == aggregate.mean_quality(results, "nDCG@10")["BM25"].tolist()


def test_without_a_first_stage_there_is_no_row_for_it(make_results):
    results = make_results(first_stage={})
    assert aggregate.first_stage_row(results) is None
    assert aggregate.row_labels(results) == ("model-0", "model-1")


def test_average_goes_over_the_datasets_that_every_row_has(make_results):
    results = make_results(datasets=["x", "y", "z"])
    results = dataclasses.replace(results, quality=without(results.quality, dataset="y", model="model-1"))
    means = aggregate.mean_quality(results, "nDCG@10")
    assert math.isnan(means.loc["y", "model-1"])
    assert aggregate.averaged_datasets(means) == ("x", "z")
    average = aggregate.average_quality(means)
    for model in ("BM25", "model-0", "model-1"):
        parts = [plain_mean(results, dataset, model, "nDCG@10") for dataset in ("x", "z")]
        assert average[model] == pytest.approx(sum(parts) / 2)


def test_a_row_without_any_number_does_not_take_the_average_from_the_others(make_results):
    results = make_results(datasets=["x", "y"])
    results = dataclasses.replace(results, quality=without(results.quality, model="model-1"))
    means = aggregate.mean_quality(results, "nDCG@10")
    assert aggregate.averaged_datasets(means) == ("x", "y")
    assert math.isnan(aggregate.average_quality(means)["model-1"])


def test_equal_notes_share_a_marker_and_markers_do_not_run_out(make_results):
    results = make_results(datasets=["a", "b", "c"], notes={"a": "pool", "c": "pool", "b": "sample"})
    assert aggregate.note_markers(results) == {"a": "†", "b": "‡", "c": "†"}
    assert aggregate.joined_markers(results, ["c", "a", "b"]) == "†‡"
    assert aggregate.footnotes(results, ["c", "a", "b"]) == ["† c, a: pool", "‡ b: sample"]
    names = [f"d{number}" for number in range(12)]
    markers = aggregate.note_markers(make_results(datasets=names, notes={name: name for name in names}))
    assert len(set(markers.values())) == 12
    assert markers["d5"] == "††"


def test_query_latency_against_numpy(make_results):
    results = make_results(queries=17)
    table = aggregate.query_latency(results)
    assert len(table) == len(results.datasets) * len(results.models)
    records = results.timings.to_dict("records")
    for row in table.to_dict("records"):
        seen = [r for r in records if (r["dataset"], r["model"]) == (row["dataset"], row["model"])]
        seconds = [r["seconds"] for r in seen]
        pairs, tokens = sum(r["candidates"] for r in seen), sum(r["tokens"] for r in seen)
        assert row["queries"] == 17
        assert row["candidates/query"] == pytest.approx(pairs / 17)
        assert row["tokens/pair"] == pytest.approx(tokens / pairs)
        assert row["median ms"] == pytest.approx(1000 * statistics.median(seconds))
        assert row["p95 ms"] == pytest.approx(1000 * np.percentile(seconds, 95))
        assert row["p99 ms"] == pytest.approx(1000 * np.percentile(seconds, 99))
        assert row["pairs/s"] == pytest.approx(pairs / math.fsum(seconds))
        assert row["tokens/s"] == pytest.approx(tokens / math.fsum(seconds))


def test_request_latency_against_numpy(make_results):
    results = make_results(settings=((1, 1), (10, 2)), repeats=9)
    table = aggregate.request_latency(results)
    assert len(table) == 2 * 2 * 3
    records = results.latency.to_dict("records")
    for row in table.to_dict("records"):
        key = (row["model"], row["tokens/pair"], row["passages/request"], row["threads"])
        seconds = [r["seconds"] for r in records if (r["model"], r["tokens"], r["passages"], r["threads"]) == key]
        assert row["requests"] == len(seconds) == 9
        for name, percentile in {"p5 ms": 5, "median ms": 50, "p95 ms": 95, "p99 ms": 99}.items():
            assert row[name] == pytest.approx(1000 * np.percentile(seconds, percentile))
        assert row["tokens/s"] == pytest.approx(9 * row["tokens/pair"] * row["passages/request"] / sum(seconds))


def test_queries_without_candidates_have_neither_times_nor_rates(make_results):
    timings = pd.DataFrame(
        [("dataset-0", "model-0", "q0", 0, 0, 0.0)],
        columns=["dataset", "model", "query_id", "candidates", "tokens", "seconds"],
    )
    row = aggregate.query_latency(make_results(timings=timings)).iloc[0]
    assert math.isnan(row["median ms"])
    assert math.isnan(row["p99 ms"])
    assert math.isnan(row["tokens/pair"])
    assert math.isnan(row["pairs/s"])


def test_one_query_is_every_percentile(make_results):
    table = aggregate.query_latency(make_results(queries=1))
    assert (table["median ms"] == table["p99 ms"]).all()
