from __future__ import annotations

import dataclasses

import pandas as pd

from bench.report.tables.inputs import datasets_table, judged_table, models_table
from bench.report.values.text import NOTHING

QUALITY = ["dataset", "model", "query_id", "measure", "value"]


def test_models_and_datasets_have_a_row_each(make_results):
    results = make_results(notes={"dataset-1": "pool"})
    assert models_table(results).shown(0, "size MB") == "4.4"
    table = datasets_table(results)
    assert table.frame["caveat"].tolist() == ["", "pool", ""]
    assert table.frame["first stage"].tolist() == ["BM25"] * 3
    assert table.frame["queries"].tolist() == [5] * 3


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
