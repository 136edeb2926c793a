from __future__ import annotations

import dataclasses

import pandas as pd

from bench.report.tables.tables import (
    datasets_table,
    judged_table,
    machine_table,
    models_table,
    quality_table,
    query_latency_table,
    request_latency_table,
)
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


def test_latency_tables_state_conditions(make_results):
    results = make_results(notes={"dataset-1": "pool"}, settings=((8, 2),), repeats=7)
    table = query_latency_table(results)
    assert "2 threads" in table.caption
    assert [markers for markers in table.markers if markers] == [("†",)] * 2
    grid = request_latency_table(results)
    assert {grid.shown(row, "requests") for row in range(len(grid.frame))} == {"7"}
    assert {grid.shown(row, "passages/request") for row in range(len(grid.frame))} == {"8"}
    assert {grid.shown(row, "threads") for row in range(len(grid.frame))} == {"2"}


def test_fixed_tables(make_results):
    results = make_results(notes={"dataset-1": "pool"})
    assert models_table(results).shown(0, "size MB") == "4.4"
    table = datasets_table(results)
    assert table.frame["caveat"].tolist() == ["", "pool", ""]
    assert table.frame["first stage"].tolist() == ["BM25"] * 3
    assert table.frame["queries"].tolist() == [5] * 3
    assert ("CPU", "Some CPU") in list(machine_table(results).frame.itertuples(index=False, name=None))


def judged(*rows):
    return pd.DataFrame([(*row[:3], "Judged@10", row[3]) for row in rows], columns=QUALITY)


def test_datasets_say_how_much_of_them_is_judged(make_results):
    results = make_results(datasets=["x", "y", "z"], models=["m"], unjudged={"x": 7, "y": 0})
    shares = judged(("x", "BM25", "q0", 1.0), ("x", "BM25", "q1", 0.5), ("x", "m", "q0", 0.2), ("y", "m", "q0", 0.1))
    results = dataclasses.replace(results, quality=pd.concat([results.quality, shares]))
    table = datasets_table(results)
    assert [table.shown(row, "left out") for row in range(3)] == ["7", "0", NOTHING]
    assert [table.shown(row, "Judged@10") for row in range(3)] == ["0.750", NOTHING, NOTHING]
    rows = judged_table(results)
    assert rows.frame["dataset"].tolist() == ["x", "y"]
    assert [rows.shown(0, label) for label in ("BM25", "m")] == ["0.750", "0.200"]
    assert [rows.shown(1, label) for label in ("BM25", "m")] == [NOTHING, "0.100"]


def test_old_results_do_not_say_what_is_judged(make_results):
    for results in (make_results(), make_results(first_stage={})):
        assert judged_table(results).frame.empty
        table = datasets_table(results)
        assert {table.shown(row, name) for row in range(3) for name in ("left out", "Judged@10")} == {NOTHING}


def test_quality_without_numbers_claims_nothing(make_results):
    results = make_results()
    table = quality_table(dataclasses.replace(results, quality=results.quality.iloc[:0]), "nDCG@10")
    assert not table.intervals
    assert not table.letters
    assert not table.superscripts
    assert "superscript" not in table.caption


def test_empty_frames_give_empty_tables(make_results):
    results = make_results()
    results = dataclasses.replace(
        results, timings=results.timings.iloc[:0], latency=results.latency.iloc[:0], quality=results.quality.iloc[:0]
    )
    assert query_latency_table(results).frame.empty
    assert request_latency_table(results).frame.empty
    assert quality_table(results, "nDCG@10").shown(0, "BM25") == NOTHING
