from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from bench.report.tables import writers
from bench.report.tables.budgets import BUDGETS, budget_choices, budget_table, on_other_queries
from bench.report.values.operating_points import OperatingPoint
from bench.results.run_results import SWEEP, SWEEP_TIMINGS
from bench.stats.intervals import bootstrap_interval

QUERIES = 8


def swept(results, points, queries=QUERIES):
    """Return ``results`` with a sweep: (model, depth, max_length) -> (measure, milliseconds), but for some spread."""
    steps = np.linspace(-1, 1, queries) if queries > 1 else np.zeros(1)
    quality = [
        (dataset, *setting[:1], f"q{number}", *setting[1:], "nDCG@10", value + 0.01 * step)
        for dataset in results.datasets
        for setting, (value, _) in points.items()
        for number, step in enumerate(steps)
    ]
    timings = [
        (dataset, *setting[:1], f"q{number}", *setting[1:], 100, 2, 0, milliseconds / 1000 * (1 + 0.1 * step))
        for dataset in results.datasets
        for setting, (_, milliseconds) in points.items()
        if milliseconds is not None
        for number, step in enumerate(steps)
    ]
    base = results.quality.assign(value=0.3)
    return dataclasses.replace(
        results,
        quality=base,
        sweep=pd.DataFrame(quality, columns=list(SWEEP)),
        sweep_timings=pd.DataFrame(timings, columns=list(SWEEP_TIMINGS)),
    )


@pytest.fixture
def results(make_results):
    return swept(
        make_results(models=["small", "large"], datasets=["x"], queries=QUERIES),
        {
            ("small", 10, 64): (0.25, 8),
            ("small", 50, 128): (0.4, 24),
            ("large", 10, 64): (0.4, 20),
            ("large", 50, 256): (0.6, 230),
            ("large", 100, 256): (0.55, 400),
        },
    )


def cells(table, at):
    frame = table.frame[table.frame["at"] == at]
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in frame[["model", "depth"]].to_numpy()]


def test_each_budget_buys_the_best_that_fits_it(results):
    table = budget_table(results)
    assert list(table.frame["budget ms"]) == [*BUDGETS, *BUDGETS]
    assert cells(table, "p50") == [
        ("BM25 (none that fits is better)", None),
        ("large", 10),  # as good as the other at 24 ms, and faster
        ("large", 10),
        ("large", 10),
        ("large", 50),
        ("large", 50),  # not the slower one
    ]
    assert cells(table, "p95")[4] == ("large", 10)  # 230 ms at the median are more than 250 at p95
    row = table.frame.iloc[4]
    assert row["max_length"] == 256
    assert row["nDCG@10"] == pytest.approx(0.6)
    assert row["ms"] == pytest.approx(230)
    assert table.intervals[4, "nDCG@10"] == bootstrap_interval(0.6 + 0.01 * np.linspace(-1, 1, QUERIES))
    assert table.intervals[4, "ms"].low < 230 < table.intervals[4, "ms"].high


def test_where_nothing_fits_there_is_the_first_stage(make_results):
    slow = {("large", 10, 64): (0.6, 900)}
    table = budget_table(swept(make_results(models=["large"], datasets=["x"], queries=QUERIES), slow))
    assert set(cells(table, "p50") + cells(table, "p95")) == {("BM25 (no reranker fits)", None)}
    assert list(table.frame["ms"]) == [0.0] * 12
    assert table.frame["nDCG@10"].tolist() == pytest.approx([0.3] * 12)
    assert not {cell for cell in table.intervals if cell[1] == "ms"}
    without = make_results(models=["large"], datasets=["x"], queries=QUERIES, first_stage={})
    table = budget_table(swept(without, slow))
    assert set(cells(table, "p50")) == {("no reranker fits", None)}
    assert table.frame["nDCG@10"].isna().all()
    assert "no reranker fits" in writers.to_markdown(table)


def test_the_csv_has_the_intervals_and_how_many_points_were_compared(results):
    table = budget_table(results)
    exact = table.exact
    assert exact is not None
    assert exact["points compared"].tolist() == [6] * 12
    assert exact["points that fit"].tolist()[:6] == [2, 4, 4, 4, 5, 6]
    assert exact.loc[4, ["queries", "timed queries", "threads"]].tolist() == [QUERIES, QUERIES, 2]
    assert exact.loc[4, "low"] == table.intervals[4, "nDCG@10"].low
    assert exact.loc[4, "ms high"] == table.intervals[4, "ms"].high
    assert writers.to_csv(table).startswith(
        "dataset,at,budget ms,model,depth,max_length,nDCG@10,on other queries,ms,low,"
    )


def test_the_winners_curse_and_the_number_of_points_are_stated(results):
    remarks = " ".join(budget_table(results).remarks)
    assert "winner's curse" in remarks
    assert "6 points a dataset were compared" in remarks
    assert "8 queries a point" in remarks
    assert "p95 is little else than the slowest" in remarks
    assert "Not compared" not in remarks


def test_models_that_were_not_timed_are_named(make_results):
    results = make_results(models=["small", "large"], datasets=["x", "y"], queries=QUERIES, notes={"y": "pool only"})
    table = budget_table(swept(results, {("small", 10, 64): (0.5, 8), ("large", 10, 64): (0.9, None)}))
    assert any("Not compared, as their sweep was not timed: large." in remark for remark in table.remarks)
    assert set(table.frame["model"]) == {"small"}
    assert table.frame["dataset"].tolist() == ["x"] * 12 + ["y"] * 12
    assert table.markers == ((),) * 12 + (("†",),) * 12


def test_empty_frames_are_an_empty_table(make_results, results):
    for empty in (
        make_results(),
        make_results(models=0),
        dataclasses.replace(results, sweep_timings=results.sweep_timings.iloc[:0]),
        dataclasses.replace(results, sweep=results.sweep.iloc[:0]),
    ):
        table = budget_table(empty)
        assert table.frame.empty
        assert table.remarks == ()
        assert budget_choices(empty) == []
        assert writers.to_csv(table).count("\n") == 1


def test_one_query_has_no_intervals(make_results):
    results = swept(make_results(models=1, datasets=["x"], queries=1), {("model-0", 10, 64): (0.5, 8)}, queries=1)
    table = budget_table(results)
    assert table.intervals == {}
    assert table.frame["on other queries"].isna().all()
    assert cells(table, "p50")[0] == ("model-0", 10)


def test_on_other_queries_is_not_flattered_by_the_choice():
    # Points of equal worth: the best of them is above it by chance alone.
    rng = np.random.default_rng(4)
    flattered, honest = [], []
    for _ in range(40):
        points = [
            OperatingPoint(f"{number}", 10, 64, 1, rng.normal(0.5, 0.3, 50), np.array([1.0])) for number in range(20)
        ]
        flattered.append(max(of.quality for of in points))
        honest.append(on_other_queries(points))
    assert np.mean(flattered) > 0.55
    assert np.mean(honest) == pytest.approx(0.5, abs=0.015)


def test_on_other_queries_agrees_with_all_halvings():
    rng = np.random.default_rng(5)
    values = rng.random((6, 3))
    points = [OperatingPoint(f"{index}", 10, 64, 1, column, np.array([1.0])) for index, column in enumerate(values.T)]
    expected = []
    for half in itertools.combinations(range(6), 3):
        rest = [query for query in range(6) if query not in half]
        expected.append(values[rest][:, values[list(half)].mean(axis=0).argmax()].mean())
    assert on_other_queries(points) == pytest.approx(np.mean(expected), abs=0.01)
    assert on_other_queries(points[:1]) == pytest.approx(values[:, 0].mean())


def test_the_same_results_give_the_same_table(results):
    one, other = budget_table(results), budget_table(results)
    assert writers.to_csv(one) == writers.to_csv(other)
    assert writers.to_markdown(one) == writers.to_markdown(other)
