from __future__ import annotations

import dataclasses

import pandas as pd

from bench.report.tables.quality import quality_table
from bench.report.values import aggregate
from bench.report.values.text import NOTHING

QUALITY = ["dataset", "model", "query_id", "measure", "value"]


def quality(*rows):
    return pd.DataFrame([(dataset, model, "q", "nDCG@10", value) for dataset, model, value in rows], columns=QUALITY)


def test_quality_table_has_a_row_a_dataset_and_an_average(make_results):
    results = make_results(datasets=["x", "y"], queries=50)
    table = quality_table(results, "RR@10")
    means = aggregate.mean_quality(results, "RR@10")
    assert table.name == "quality-rr-10"
    assert table.frame["dataset"].tolist() == ["x", "y", "Average"]
    assert table.frame["queries"].tolist()[:2] == [50, 50]
    assert table.shown(2, "queries") == NOTHING
    for row, dataset in enumerate(("x", "y")):
        for label in means.columns:
            assert table.shown(row, label) == f"{means.loc[dataset, label]:.3f}"
    assert table.remarks == ("The average weighs each of the 2 datasets alike.",)


def test_best_are_all_cells_that_read_the_highest(make_results):
    frame = quality(("x", "BM25", 0.5), ("x", "model-0", 0.7001), ("x", "model-1", 0.6999), ("y", "BM25", 0.9))
    results = make_results(datasets=["x", "y"], quality=frame)
    table = quality_table(results, "nDCG@10")
    # 0.7001 and 0.6999 both read 0.700; a row with one number has no best.
    assert table.best == {(0, "model-0"), (0, "model-1")}


def test_partial_average_says_over_what(make_results):
    frame = quality(
        *((name, model, 0.5) for name in ("x", "y", "z") for model in ("BM25", "model-0")),
        *((name, "model-1", 0.5) for name in ("x", "z")),
    )
    results = make_results(datasets=["x", "y", "z"], quality=frame, notes={"x": "pool", "y": "sample"})
    table = quality_table(results, "nDCG@10")
    assert table.frame["dataset"].tolist() == ["x", "y", "z", "Average (2 of 3)"]
    assert table.shown(1, "model-1") == NOTHING
    assert table.remarks == (
        "The average weighs alike the 2 datasets on which every column has a number: x, z.",
        "x, y, z: one query only, so there is no interval and no test.",
    )
    # The average carries the caveats of what it goes over, and no others.
    assert table.markers == (("†",), ("‡",), (), ("†",))
    assert table.notes == {"†": "pool", "‡": "sample"}


def test_no_average_over_less_than_two_datasets(make_results):
    assert len(quality_table(make_results(datasets=1), "nDCG@10").frame) == 1
    results = make_results(datasets=["x", "y"], quality=quality(("x", "BM25", 0.5), ("y", "model-0", 0.5)))
    table = quality_table(results, "nDCG@10")
    assert len(table.frame) == 2
    assert "No average" in table.remarks[0]


def test_quality_without_numbers_claims_nothing(make_results):
    results = make_results()
    table = quality_table(dataclasses.replace(results, quality=results.quality.iloc[:0]), "nDCG@10")
    assert not table.intervals
    assert not table.letters
    assert not table.superscripts
    assert "superscript" not in table.caption
    assert table.shown(0, "BM25") == NOTHING
