from __future__ import annotations

import csv
import dataclasses
import io

import numpy as np
import pytest

from bench.report.tables import writers
from bench.report.tables.certainty import letters, mean_intervals
from bench.report.tables.comparisons import compare_rows
from bench.report.tables.quality import quality_table
from bench.report.values import aggregate
from bench.stats.intervals import bootstrap_average, bootstrap_interval


@pytest.fixture
def graded(make_results):
    """Three rows on x that differ clearly, and on y only the last from the others."""
    results = make_results(datasets=["x", "y"], models=["m", "n"], queries=40)
    quality, random = results.quality.copy(), np.random.default_rng(0)
    for dataset, shifts in {"x": (0, 0.1, 0.2), "y": (0, 0, -0.1)}.items():
        for model, shift in zip(("BM25", "m", "n"), shifts, strict=True):
            where = (quality["dataset"] == dataset) & (quality["model"] == model)
            quality.loc[where, "value"] = 0.5 + shift + random.normal(0, 0.02, where.sum())
    return dataclasses.replace(results, quality=quality)


def test_superscripts_name_what_a_mean_is_significantly_better_than(graded):
    table = quality_table(graded, "nDCG@10")
    assert table.letters == {"BM25": "a", "m": "b", "n": "c"}
    assert table.superscripts == {(0, "m"): "a", (0, "n"): "ab", (1, "BM25"): "c", (1, "m"): "c"}
    assert "p < 0.05 after Holm's correction over 6 comparisons. The average is not tested." in table.caption
    first, second, average = csv.DictReader(io.StringIO(writers.to_csv(table)))
    assert [first[f"{label} better than"] for label in ("BM25", "m", "n")] == ["", "BM25", "BM25; m"]
    assert [second[f"{label} better than"] for label in ("BM25", "m", "n")] == ["n", "n", ""]
    assert [average[f"{label} better than"] for label in ("BM25", "m", "n")] == ["", "", ""]


def test_superscripts_are_those_of_the_corrected_p_values(make_results):
    results = make_results(datasets=6, models=3, queries=9)
    table = quality_table(results, "nDCG@10")
    pairs = compare_rows(results, "nDCG@10")
    # Some comparison has to be significant before the correction and not after, or this would show nothing.
    assert any(pair.comparison.p_permutation < 0.05 <= pair.p_holm for pair in pairs)
    assert sum(len(text) for text in table.superscripts.values()) == sum(pair.p_holm < 0.05 for pair in pairs)


def test_every_mean_has_its_interval(graded):
    table = quality_table(graded, "nDCG@10")
    values = aggregate.query_values(graded, "nDCG@10")
    for row, dataset in enumerate(("x", "y")):
        for label in ("BM25", "m", "n"):
            interval = table.intervals[row, label]
            assert interval == bootstrap_interval(values[dataset, label])
            assert interval.low < table.frame[label].iloc[row] < interval.high
            assert table.shown_interval(row, label) == f"[{interval.low:.3f}, {interval.high:.3f}]"
    assert table.intervals[2, "m"] == bootstrap_average([values["x", "m"], values["y", "m"]])
    assert len(table.intervals) == 9


def test_no_interval_and_no_letter_from_one_query(make_results):
    results = make_results(datasets=["x", "y"], queries=1)
    table = quality_table(results, "nDCG@10")
    assert mean_intervals(results, "nDCG@10") == {}
    assert not table.letters
    assert "superscript" not in table.caption
    assert table.remarks[-1] == "x, y: one query only, so there is no interval and no test."
    assert "[" not in writers.to_markdown(table)


def test_a_first_stage_alone_has_an_interval_and_no_letter(make_results):
    table = quality_table(make_results(models=0, datasets=1, queries=9), "nDCG@10")
    assert set(table.intervals) == {(0, "BM25")}
    assert not table.letters


def test_letters_do_not_run_out_and_stay_apart():
    labels = [str(number) for number in range(120)]
    found = letters(labels)
    assert [found[label] for label in ("0", "25", "26", "51", "52", "104")] == ["a", "z", "A", "Z", "a2", "a3"]
    assert len(set(found.values())) == 120


def test_the_same_results_give_the_same_bytes(graded):
    shuffled = dataclasses.replace(graded, quality=graded.quality.sample(frac=1, random_state=0))
    for write in (writers.to_csv, writers.to_markdown, writers.to_latex):
        assert write(quality_table(graded, "nDCG@10")) == write(quality_table(shuffled, "nDCG@10"))
