from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from scipy import stats

from bench.report.page.other_run_table import paired_table
from bench.report.page.shown_runs import PageRuns
from bench.stats.correction import holm


@pytest.fixture
def runs(make_results: Any) -> PageRuns:
    run = make_results(models=("m",), datasets=("a", "b"), queries=12, notes={"b": "judged pool"})
    other = make_results(models=("m", "n"), datasets=("a", "b", "c"), queries=10, name="other")
    worse = other.quality.assign(value=(other.quality["value"] * 0.8).round(3))
    return PageRuns(run, replace(other, quality=worse))


def test_runs_are_compared_over_the_queries_that_both_have(runs: PageRuns) -> None:
    frame = paired_table(runs, "nDCG@10").frame
    assert list(zip(frame["dataset"], frame["model"], frame["queries"], strict=True)) == [
        (dataset, model, 10) for dataset in ("a", "b") for model in ("BM25", "m")
    ]
    here, there = (
        side.quality.query("dataset == 'b' and model == 'm' and measure == 'nDCG@10'").set_index("query_id")["value"]
        for side in runs.all
    )
    differences = (here - there).dropna()
    row = frame.iloc[3]
    assert row["difference"] == pytest.approx(differences.mean())
    assert row["synthetic"] - row["other"] == pytest.approx(row["difference"])
    assert (row["gained"], row["lost"]) == ((differences > 0).sum(), (differences < 0).sum())
    exact = stats.permutation_test((differences,), lambda x, axis: x.mean(axis), permutation_type="samples")
    assert row["p"] == pytest.approx(exact.pvalue)
    assert list(frame["p, Holm"]) == pytest.approx(holm(list(frame["p"])))


def test_the_table_says_what_only_one_run_has_and_marks_caveats(runs: PageRuns) -> None:
    table = paired_table(runs, "nDCG@10")
    assert "Only other has the datasets c." in table.remarks
    assert "Only other has the models n." in table.remarks
    assert table.markers == ((), (), ("†",), ("†",))
    assert table.shown_interval(0, "difference").startswith("[")


def test_runs_with_nothing_in_common_have_no_rows(make_results: Any) -> None:
    runs = PageRuns(make_results(datasets=("a",)), make_results(datasets=("b",), name="other"))
    assert paired_table(runs, "nDCG@10").frame.empty
