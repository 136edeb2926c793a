from __future__ import annotations

import dataclasses

import pytest

from bench.report.charts.chart_list import CHARTS
from bench.report.charts.quality import describe_quality, interactive_quality, quality_rows
from bench.stats.intervals import bootstrap_average, bootstrap_interval


def chart(results):
    (kind,) = [kind for kind in CHARTS if kind.name == "quality"]
    return kind.chart(results)


def without(results, dataset, model):
    gap = (results.quality["dataset"] == dataset) & (results.quality["model"] == model)
    return dataclasses.replace(results, quality=results.quality[~gap])


def test_rows_are_the_datasets_and_their_average_with_intervals(make_results):
    results = make_results(models=1, datasets=["x", "y"], queries=8)
    values = results.quality[(results.quality["measure"] == "nDCG@10") & (results.quality["model"] == "model-0")]
    samples = [values[values["dataset"] == name].sort_values("query_id")["value"].to_numpy() for name in ("x", "y")]
    x, y, average = quality_rows(results)
    assert [(row.label, row.detail) for row in (x, y, average)] == [
        ("x", "8 queries"),
        ("y", "8 queries"),
        ("Average", "each dataset alike"),
    ]
    for row, sample in ((x, samples[0]), (y, samples[1])):
        assert list(row.means) == ["BM25", "model-0"]
        assert row.means["model-0"].value == pytest.approx(sample.mean())
        assert row.means["model-0"].interval == bootstrap_interval(sample)
    assert average.is_average
    assert average.means["model-0"].value == pytest.approx((samples[0].mean() + samples[1].mean()) / 2)
    assert average.means["model-0"].interval == bootstrap_average(samples)


def test_a_gap_is_left_out_and_the_average_goes_over_the_rest(make_results):
    results = without(make_results(models=["a", "b"], datasets=["x", "y", "z"]), "y", "b")
    rows = quality_rows(results)
    assert list(rows[1].means) == ["BM25", "a"]
    assert (rows[-1].label, rows[-1].datasets) == ("Average (2 of 3)", ("x", "z"))
    assert describe_quality(results, rows).startswith("nDCG@10 by dataset, average of 2 datasets: BM25 0.")


def test_where_one_dataset_is_complete_the_words_are_about_that(make_results):
    results = without(make_results(models=["a", "b"], datasets=["x", "y"]), "y", "b")
    rows = quality_rows(results)
    assert not any(row.is_average for row in rows)
    assert describe_quality(results, rows).startswith("nDCG@10 by dataset, x: BM25 0.")


def test_runs_share_the_rows_of_the_datasets_that_both_have(make_results):
    one = make_results(models=["a"], datasets=["x", "y"], notes={"y": "pool"})
    two = make_results(models=["b"], datasets=["y", "z"], notes={"z": "not marked, as the page has only one's notes"})
    found = interactive_quality([chart(one), chart(two)])
    assert [row.label for row in found.rows] == ["x", "y†", "z", "Average†"]
    points = {row.label: [(point.run, point.label) for point in row.points] for row in found.rows}
    assert points["x"] == [(0, "BM25"), (0, "a")]
    assert points["y†"] == points["Average†"] == [(0, "BM25"), (0, "a"), (1, "BM25"), (1, "b")]
    assert points["z"] == [(1, "BM25"), (1, "b")]
    assert [row.apart for row in found.rows] == [False, False, False, True]
