from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.report.page.headline import headlines
from bench.report.page.shown_runs import PageRuns


def quality(rows: dict[tuple[str, str], list[float]]) -> pd.DataFrame:
    columns = ["dataset", "model", "query_id", "measure", "value"]
    found = [
        (dataset, model, f"q{number}", "nDCG@10", value)
        for (dataset, model), values in rows.items()
        for number, value in enumerate(values)
    ]
    return pd.DataFrame(found, columns=columns)


@pytest.fixture
def run(make_results: Any) -> Any:
    made = make_results(models=("small", "large"), datasets=("a", "b"), queries=3)
    values = quality(
        {
            ("a", "BM25"): [0.2, 0.4, 0.6],
            ("a", "small"): [0.3, 0.4, 0.8],
            ("a", "large"): [0.3, 0.3, 0.3],
            ("b", "BM25"): [0.5, 0.5, 0.5],
            ("b", "small"): [0.4, 0.4, 0.4],
            ("b", "large"): [0.6, 0.7, 0.8],
        }
    )
    return replace(made, quality=values, unjudged={"b": 7})


def test_a_line_is_the_best_model_of_the_dataset_against_its_first_stage(run: Any) -> None:
    _, first, second = headlines(PageRuns(run))
    assert (first.dataset, first.model, first.first_stage, first.queries) == ("a", "small", "BM25", 3)
    assert first.start == pytest.approx(0.4)
    assert first.value == pytest.approx(0.5)
    assert first.interval.low <= first.value <= first.interval.high
    assert first.gain.difference == pytest.approx(0.1)
    assert (first.gain.comparison.wins, first.gain.comparison.ties, first.gain.comparison.losses) == (2, 1, 0)
    assert (second.model, second.unjudged) == ("large", 7)
    times = run.timings.query("dataset == 'b' and model == 'large'")["seconds"] * 1000
    assert second.median_ms == pytest.approx(np.percentile(times, 50))
    assert second.p95_ms == pytest.approx(np.percentile(times, 95))


def test_a_model_that_had_nothing_to_rerank_has_no_time(run: Any) -> None:
    timings = run.timings.copy()
    timings.loc[timings["dataset"] == "a", "candidates"] = 0
    _, first, second = headlines(PageRuns(replace(run, timings=timings)))
    assert (first.model, first.median_ms, first.p95_ms) == ("small", None, None)
    assert second.median_ms is not None


def test_the_average_weighs_datasets_alike(run: Any) -> None:
    average = headlines(PageRuns(run))[0]
    assert (average.dataset, average.model, average.queries) == ("Average", "large", None)
    assert average.start == pytest.approx(0.45)
    assert average.value == pytest.approx(0.5)
    assert average.gain.difference == pytest.approx(0.05)
    assert average.gain.interval.low <= 0.05 <= average.gain.interval.high


def test_another_run_is_compared_over_the_queries_that_both_have(run: Any) -> None:
    there = run.quality.assign(value=run.quality["value"] - 0.1).query("query_id != 'q2'")
    average, first, _ = headlines(PageRuns(run, replace(run, quality=there)))
    assert first.before.value == pytest.approx(0.25)
    assert (first.before.gain.difference, first.before.gain.comparison.n) == (pytest.approx(0.1), 2)
    assert average.before.gain.difference == pytest.approx(0.1)


def test_another_run_without_the_model_or_the_measure_is_no_comparison(run: Any) -> None:
    without = run.quality.query("model != 'small'")
    assert headlines(PageRuns(run, replace(run, quality=without)))[1].before is None
    assert headlines(PageRuns(run, replace(run, quality=run.quality.assign(measure="RR@10"))))[1].before is None


def test_what_was_not_measured_is_left_open(run: Any) -> None:
    nothing = replace(run, quality=run.quality[:0], timings=run.timings[:0])
    assert [(line.model, line.start) for line in headlines(PageRuns(nothing))] == [(None, None)] * 2
    first_stage = replace(run, quality=run.quality.query("model == 'BM25'"), timings=run.timings[:0])
    assert [line.model for line in headlines(PageRuns(first_stage))] == [None] * 3
    models = replace(run, quality=run.quality.query("model != 'BM25'"))
    _, line, _ = headlines(PageRuns(models))
    assert (line.model, line.start, line.gain) == ("small", None, None)
    single = headlines(PageRuns(replace(run, quality=run.quality.query("query_id == 'q0'"))))[1]
    assert (single.value, single.interval, single.gain.interval) == (0.3, None, None)
