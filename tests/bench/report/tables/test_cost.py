from __future__ import annotations

import dataclasses
import math

import pandas as pd
import pytest

from bench.report.tables import writers
from bench.report.tables.cost import cost_cells_table, cost_checks_table, cost_table, describe_fits
from bench.report.values.text import NOTHING
from bench.results.run_results import ModelInfo

COLUMNS = ["model", "tokens", "passages", "threads", "repeat", "seconds"]
SIZES = ((2, 128), (4, 312), (6, 384), (12, 384))


def milliseconds(tokens, passages, threads, layers=12, width=384):
    each = 0.1 + layers * (24e-8 * tokens * width**2 + 12e-8 * tokens**2 * width) / 1000
    return 1 + -(-passages // threads) * each


def grid(name="m", tokens=(16, 64, 128, 256), passages=(1, 10, 50), threads=(2,), size=(12, 384), repeats=3):
    return [
        (name, n, p, t, repeat, milliseconds(n, p, t, *size) / 1000)
        for n in tokens
        for p in passages
        for t in threads
        for repeat in range(repeats)
    ]


@pytest.fixture
def measured(make_results):
    def of(rows, sizes=None, timings=(), **changes):
        sizes = sizes or {"m": (12, 384)}
        return dataclasses.replace(
            make_results(models=len(sizes), datasets=1),
            models=tuple(ModelInfo(name, layers, width, 1, 512) for name, (layers, width) in sizes.items()),
            latency=pd.DataFrame(rows, columns=COLUMNS),
            timings=pd.DataFrame(timings, columns=["dataset", "model", "query_id", "candidates", "tokens", "seconds"]),
            **changes,
        )

    return of


def test_cost_is_measured_interpolated_or_extrapolated_and_says_so(measured):
    table = cost_table(measured(grid()))
    assert table.frame[["model", "threads", "passages"]].to_numpy().tolist() == [["m", 2, p] for p in (10, 50, 100)]
    kinds = table.exact.to_numpy().tolist()
    usual = ["interpolated", "measured", "measured", "measured", "extrapolated"]
    assert kinds == [usual, usual, ["extrapolated"] * 5]
    assert table.best == {(row, f"{tokens} tokens") for row in (0, 1) for tokens in (64, 128, 256)}
    far = {(row, "512 tokens") for row in range(3)} | {(2, f"{tokens} tokens") for tokens in (32, 64, 128, 256)}
    assert table.superscripts == dict.fromkeys(far, "x")
    for row, passages in enumerate((10, 50, 100)):
        for tokens in (32, 64, 128, 256, 512):
            assert table.frame.at[row, f"{tokens} tokens"] == pytest.approx(milliseconds(tokens, passages, 2), rel=1e-3)


def test_cost_reads_the_same_in_every_form(measured):
    table = cost_table(measured(grid()))
    markdown, csv, latex = writers.to_markdown(table), writers.to_csv(table), writers.to_latex(table)
    shown = table.shown(0, "512 tokens")
    assert f"{shown}<sup>x</sup>" in markdown
    assert f"**{table.shown(0, '64 tokens')}**" in markdown
    assert f"{shown}$^{{x}}$" in latex
    assert csv.splitlines()[0].startswith("model,threads,passages,32 tokens,")
    assert csv.splitlines()[1].endswith("interpolated,measured,measured,measured,extrapolated")
    assert "x: extrapolated" in table.caption


def test_measured_cells_show_what_was_measured_and_not_the_fit(measured):
    rows = grid()
    rows = [(*row[:-1], row[-1] * 1.5) if row[1:3] == (64, 10) else row for row in rows]
    table = cost_table(measured(rows))
    assert table.frame.at[0, "64 tokens"] == pytest.approx(1.5 * milliseconds(64, 10, 2))


def test_each_measured_thread_count_has_its_rows(measured):
    table = cost_table(measured(grid(threads=(1, 4))))
    assert table.frame["threads"].tolist() == [1, 1, 1, 4, 4, 4]
    assert table.frame.at[5, "32 tokens"] == pytest.approx(milliseconds(32, 100, 4), rel=1e-3)


def test_no_prediction_is_longer_than_the_models_limit(measured):
    results = measured(grid())
    results = dataclasses.replace(results, models=(dataclasses.replace(results.models[0], max_length=256),))
    table = cost_table(results)
    assert {table.shown(row, "512 tokens") for row in range(3)} == {NOTHING}
    assert (0, "512 tokens") not in table.superscripts


def test_too_few_cells_are_shown_as_measured_and_it_is_said_why_there_is_no_fit(measured):
    results = measured(grid(tokens=(64, 128), passages=(10,)))
    table = cost_table(results)
    assert table.frame["passages"].tolist() == [10]
    assert [table.shown(0, f"{tokens} tokens") != NOTHING for tokens in (32, 64, 128, 256, 512)] == [0, 1, 1, 0, 0]
    assert table.remarks == ("m: no fit: a fit needs at least 3 measured cells, and there are 2.",)
    assert cost_checks_table(results).frame.empty
    assert cost_cells_table(results).frame.empty


def test_nothing_measured_makes_empty_tables(measured, make_results):
    for results in (measured([]), make_results(models=0), measured([], {"a": (2, 128), "b": (4, 312), "c": (6, 384)})):
        for table in (cost_table(results), cost_checks_table(results), cost_cells_table(results)):
            assert table.frame.empty
            assert table.remarks == ()


def test_one_setting_is_said_to_be_assumed(measured):
    (line,) = describe_fits(measured(grid(tokens=(16, 32, 64, 128, 256), passages=(10,))))
    assert "fitted to 5 cells (16 to 256 tokens, 10 passages, 2 threads)" in line
    assert "One number of passages and of threads was measured: how time depends on it is assumed, not fitted." in line
    (line,) = describe_fits(measured(grid(threads=(1, 2))))
    assert "assumed" not in line


def test_three_cells_are_said_to_be_unchecked(measured):
    (line,) = describe_fits(measured(grid(tokens=(16, 64, 256), passages=(10,))))
    assert line.endswith("Too few cells to leave one out and predict it.")


def test_the_formula_gives_the_predictions(measured):
    (line,) = describe_fits(measured(grid(threads=(1, 2))))
    formula = line.removeprefix("m: ms = ").partition(" for P passages, T threads, h hundred tokens per pair;")[0]
    for before, after in (("\N{MULTIPLICATION SIGN}", "*"), ("h²", "*h**2"), (" h", "*h"), ("ceil", "math.ceil")):
        formula = formula.replace(before, after)
    for tokens, passages, threads in ((64, 10, 1), (128, 50, 2), (256, 1, 2)):
        found = eval(formula, {"math": math, "h": tokens / 100, "P": passages, "T": threads})
        assert found == pytest.approx(milliseconds(tokens, passages, threads), rel=0.01)


def test_checks_are_the_errors_of_cells_sizes_and_queries(measured):
    sizes = {f"m{layers}": (layers, width) for layers, width in SIZES}
    rows = [row for name, size in sizes.items() for row in grid(name, threads=(1, 2), size=size)]
    timings = [
        ("d", name, f"q{query}", 10, 1000, 1.25 * milliseconds(100, 10, 2, *size) / 1000)
        for name, size in sizes.items()
        for query in range(3)
    ]
    table = cost_checks_table(measured(rows, sizes, timings))
    shown = table.frame.set_index(["fit of", "predicted"])
    own, all_models = shown.loc["m4"], shown.loc["all models"]
    assert list(own.index) == ["the cells fitted", "each cell left out", "real queries"]
    assert list(all_models.index) == ["the cells fitted", "each cell left out", "each size left out", "real queries"]
    assert own["predictions"].tolist() == [24, 24, 3]
    assert all_models["predictions"].tolist() == [96, 96, 96, 12]
    assert own.at["real queries", "median %"] == pytest.approx(20, abs=0.2)
    assert all_models.at["each size left out", "worst %"] < 2


def test_queries_without_candidates_or_known_threads_are_no_check(measured):
    timings = [("d", "m", "q0", 0, 0, 1e-5), ("d", "m", "q1", 10, 1000, 0.1)]
    results = measured(grid(), timings=timings)
    assert cost_checks_table(results).frame["predictions"].tolist()[-1] == 1
    for threads, predicted in ((None, 2), ({"other": 2}, 2), ({"m": 2}, 3)):
        changed = dataclasses.replace(results, machine=results.machine | {"threads": threads})
        assert len(cost_checks_table(changed).frame) == predicted


def test_a_checked_fit_over_models_stands_in_for_a_model_too_little_measured(measured):
    sizes = {f"m{layers}": (layers, width) for layers, width in SIZES}
    rows = [row for name, size in sizes.items() for row in grid(name, size=size)]
    results = measured(rows, sizes | {"new": (8, 256)})
    table = cost_table(results)
    new = table.frame[table.frame["model"] == "new"]
    assert new["passages"].tolist() == [10, 50, 100]
    assert new["128 tokens"].tolist() == pytest.approx(
        [milliseconds(128, p, 2, 8, 256) for p in (10, 50, 100)], rel=0.02
    )
    assert {(row, f"{n} tokens") for row in new.index for n in (32, 64, 128, 256, 512)} <= set(table.superscripts)
    assert any(line.startswith("new: no fit") and "stands in for it" in line for line in table.remarks)
    # With three sizes there is none left to check the fit on, so it stands in for nobody.
    fewer = dict(list(sizes.items())[:3]) | {"new": (8, 256)}
    assert "new" not in set(cost_table(measured(rows, fewer)).frame["model"])


def test_cells_have_their_spread_and_residuals(measured):
    rows = [(*row[:-2], repeat, row[-1] * (0.9 + 0.05 * repeat)) for row in grid(repeats=1) for repeat in range(5)]
    results = measured(rows)
    table = cost_cells_table(results)
    assert len(table.frame) == 12
    first = table.frame.iloc[0]
    time = milliseconds(16, 1, 2)
    assert (first["median ms"], first["requests"]) == (pytest.approx(time), 5)
    assert table.intervals[0, "median ms"].low == pytest.approx(0.91 * time)
    assert table.intervals[0, "median ms"].high == pytest.approx(1.09 * time)
    assert table.exact["p5 ms"].tolist()[0] == pytest.approx(0.91 * time)
    assert table.frame["fitted, %"].abs().max() < 0.1
    expected = 100 * (table.frame["left out ms"] / table.frame["median ms"] - 1)
    assert table.frame["left out, %"].tolist() == pytest.approx(expected.tolist())
    assert writers.to_latex(table)


def test_a_model_may_be_called_as_it_likes(measured):
    sizes = {"all models": (12, 384), "b": (2, 128)}
    rows = [*grid("all models"), *grid("b", size=(2, 128))]
    table = cost_table(measured(rows, sizes))
    assert set(table.frame["model"]) == set(sizes)
    assert len(cost_cells_table(measured(rows, sizes)).frame) == 24


def test_the_same_results_give_the_same_tables(measured):
    def written():
        results = measured(grid())
        tables = (cost_table(results), cost_checks_table(results), cost_cells_table(results))
        return [writers.to_csv(table) + writers.to_markdown(table) for table in tables]

    assert written() == written()
