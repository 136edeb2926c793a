from __future__ import annotations

import csv
import dataclasses
import io
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bench.report.tables import writers
from bench.report.tables.comparisons import compare_rows, comparisons_table, p_value, query_remarks, signed
from bench.report.values.text import NOTHING
from bench.stats.correction import holm
from bench.stats.paired_comparison import compare_paired


def of_cell(results, dataset, model, measure="nDCG@10"):
    rows = results.quality
    rows = rows[(rows["dataset"] == dataset) & (rows["model"] == model) & (rows["measure"] == measure)]
    return dict(zip(rows["query_id"], rows["value"], strict=True))


def test_every_row_is_compared_with_every_row_before_it(make_results):
    results = make_results(datasets=["x", "y"], models=["m", "n"])
    pairs = compare_rows(results, "nDCG@10")
    expected = [("m", "BM25"), ("n", "BM25"), ("n", "m")]
    assert [(pair.dataset, pair.row, pair.base) for pair in pairs] == [
        (dataset, *rows) for dataset in ("x", "y") for rows in expected
    ]
    for pair in pairs:
        new, base = (of_cell(results, pair.dataset, label) for label in (pair.row, pair.base))
        ids = sorted(new)
        assert pair.comparison == compare_paired([new[i] for i in ids], [base[i] for i in ids])
        t_test = stats.ttest_rel([new[i] for i in ids], [base[i] for i in ids])
        assert pair.comparison.p_t == pytest.approx(t_test.pvalue)
    assert [pair.p_holm for pair in pairs] == holm([pair.comparison.p_permutation for pair in pairs])


def test_queries_are_matched_by_id_whatever_their_order(make_results):
    results = make_results(datasets=1, models=1, queries=20)
    shuffled = results.quality.sample(frac=1, random_state=1)
    assert compare_rows(results, "RR@10") == compare_rows(dataclasses.replace(results, quality=shuffled), "RR@10")


def test_rows_of_different_queries_are_compared_over_those_of_both(make_results):
    results = make_results(datasets=["x", "y"], models=["m"], queries=6)
    quality = results.quality
    lost = (quality["dataset"] == "x") & (quality["model"] == "m") & quality["query_id"].isin(["q1", "q4"])
    results = dataclasses.replace(results, quality=quality[~lost])
    here, there = compare_rows(results, "nDCG@10")
    assert (here.comparison.n, there.comparison.n) == (4, 6)
    new, base = of_cell(results, "x", "m"), of_cell(results, "x", "BM25")
    assert here.comparison.difference == pytest.approx(np.mean([new[i] - base[i] for i in new]))
    remark = "x: not every row has the same queries (BM25 6 queries, m 4 queries); two rows are compared over those "
    assert query_remarks(results, "nDCG@10") == (remark + "that both have.",)
    assert comparisons_table(results, "nDCG@10").remarks[-1] == remark + "that both have."


def test_rows_without_a_common_query_are_not_compared(make_results):
    results = make_results(datasets=["x"], models=["m"])
    quality = results.quality.copy()
    quality.loc[quality["model"] == "m", "query_id"] += "-other"
    table = comparisons_table(dataclasses.replace(results, quality=quality), "nDCG@10")
    assert table.frame.empty
    assert "not every row has the same queries" in table.remarks[-1]


def test_one_query_is_a_difference_without_a_test(make_results):
    results = make_results(datasets=["x", "y"], models=["m"], queries=5)
    quality = results.quality
    results = dataclasses.replace(results, quality=quality[(quality["dataset"] == "y") | (quality["query_id"] == "q0")])
    here, there = compare_rows(results, "nDCG@10")
    assert math.isnan(here.p_holm)
    assert not here.significant
    # The untested pair does not count among those corrected for.
    assert there.p_holm == there.comparison.p_permutation
    table = comparisons_table(results, "nDCG@10")
    assert [table.shown(0, name) for name in ("p, permutation", "p, t-test", "p, Holm", "effect size")] == [NOTHING] * 4
    assert table.shown_interval(0, "difference") == ""
    assert table.shown_interval(1, "difference") != ""
    assert "over the 1 comparison of this table" in table.remarks[0]
    assert table.remarks[1:] == ("x: one query only, so there is no interval and no test.",)


def test_the_better_row_is_named_whichever_way_it_is(make_results):
    results = make_results(datasets=["x"], models=["up", "down"], queries=30)
    quality = results.quality.copy()
    base = quality.loc[quality["model"] == "BM25", "value"].to_numpy()
    random = np.random.default_rng(0)
    for model, shift in (("up", 0.1), ("down", -0.1)):
        quality.loc[quality["model"] == model, "value"] = base + shift + random.normal(0, 0.01, len(base))
    pairs = compare_rows(dataclasses.replace(results, quality=quality), "nDCG@10")
    assert all(pair.significant for pair in pairs)
    assert [pair.ranked for pair in pairs] == [("up", "BM25"), ("BM25", "down"), ("up", "down")]


def test_the_table_shows_what_was_compared(make_results):
    results = make_results(datasets=["x"], models=["m"], queries=40, notes={"x": "pool"})
    (pair,) = compare_rows(results, "nDCG@10")
    table = comparisons_table(results, "nDCG@10")
    found = pair.comparison
    assert table.name == "comparisons-ndcg-10"
    assert table.markers == (("†",),)
    assert table.shown(0, "difference") == signed(found.difference)
    assert table.shown_interval(0, "difference") == f"[{signed(found.interval.low)}, {signed(found.interval.high)}]"
    assert [table.shown(0, name) for name in ("won", "tied", "lost")] == [
        str(count) for count in (found.wins, found.ties, found.losses)
    ]
    (row,) = csv.DictReader(io.StringIO(writers.to_csv(table)))
    assert (row["dataset"], row["model"], row["against"], row["queries"]) == ("x", "m", "BM25", "40")
    ends = {"difference low": found.interval.low, "difference high": found.interval.high}
    for name, value in {"difference": found.difference, **ends}.items():
        assert row[name] == f"{value:.4f}"
    for name, value in {"permutation": found.p_permutation, "t-test": found.p_t, "Holm": pair.p_holm}.items():
        assert float(row[f"p, {name}"]) == pytest.approx(value, rel=5e-3)  # three significant digits
    assert row["effect size"] == f"{found.effect_size:.3f}"
    assert row["note"] == "pool"


def test_nothing_measured_is_an_empty_table(make_results):
    results = make_results()
    table = comparisons_table(dataclasses.replace(results, quality=results.quality.iloc[:0]), "nDCG@10")
    assert table.frame.empty
    assert comparisons_table(make_results(models=0), "nDCG@10").frame.empty


def test_the_same_results_give_the_same_bytes(make_results):
    tables = [comparisons_table(make_results(queries=15), "nDCG@10") for _ in range(2)]
    for write in (writers.to_csv, writers.to_markdown, writers.to_latex):
        first, second = map(write, tables)
        assert first == second


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0211, "+0.021"), (-0.0211, "\N{MINUS SIGN}0.021"), (0.0004, "0.000"), (-0.0004, "0.000"), (0.0, "0.000")],
)
def test_differences_have_a_sign(value, expected):
    assert signed(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0494, "0.049"), (0.001, "0.001"), (0.00099, "<0.001"), (1, "1.000")]
)
def test_p_values_are_never_shown_as_zero(value, expected):
    assert p_value(value) == expected


def test_results_are_left_as_they_were(make_results):
    results = make_results()
    before = results.quality.copy()
    comparisons_table(results, "nDCG@10")
    pd.testing.assert_frame_equal(results.quality, before)
