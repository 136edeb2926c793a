"""The charts: their bytes, their words, and that nothing runs into anything else."""

from __future__ import annotations

import dataclasses

import pytest

from bench.report.charts.chart_list import charts
from bench.report.charts.colours import LIGHT
from bench.report.charts.drawing.settings import drawing
from tests.bench.report.figures import assert_legible

NASTY = "org/a_b--c|d&e%f$g$-<h>-" + "very-long-name-" * 4


def cases(make_results):
    usual = make_results(models=["ms-marco-TinyBERT-L-2-v2", "ms-marco-MiniLM-L-12-v2"], datasets=3)
    gaps = dataclasses.replace(
        usual,
        quality=usual.quality[
            ~((usual.quality["dataset"] == "dataset-1") & (usual.quality["model"] == "BM25"))
            & ~((usual.quality["dataset"] == "dataset-2") & (usual.quality["model"] == "ms-marco-MiniLM-L-12-v2"))
        ],
        datasets=(*usual.datasets, "never measured"),
    )
    zero = dataclasses.replace(
        usual,
        quality=usual.quality.assign(value=usual.quality["value"] * (usual.quality["model"] == "BM25")),
    )
    same = make_results(models=[f"model-variant-{number}" for number in range(5)], tokens=(32, 33, 34))
    same = dataclasses.replace(
        same,
        quality=same.quality.assign(value=0.5),
        timings=same.timings.assign(seconds=0.1),
        latency=same.latency.assign(seconds=same.latency["tokens"] * 1e-5),
    )
    return {
        "small": make_results(models=1, datasets=3, notes={"dataset-1": "judged pool only"}),
        "middle": make_results(models=5, datasets=8, settings=((1, 1), (100, 2))),
        "large": make_results(models=5, datasets=19, queries=2, tokens=(16, 32, 48, 64, 96, 128, 192, 256, 384, 512)),
        "single": make_results(models=1, datasets=1, queries=1, tokens=(128,), repeats=1),
        "nasty": make_results(models=[NASTY, "b"], datasets=[NASTY, "$x$"], notes={"$x$": NASTY}),
        "same": same,
        "first stage only": make_results(models=0),
        "no first stage": make_results(first_stage={}),
        "gaps": gaps,
        "zero": zero,
    }


def drawn(results, theme=LIGHT):
    with drawing():
        for chart in charts(results).values():
            yield chart.draw(theme)


CASES = ["small", "middle", "large", "single", "nasty", "same", "first stage only", "no first stage", "gaps", "zero"]


@pytest.fixture(scope="module")
def all_cases(make_results):
    return cases(make_results)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.slow
def test_no_text_runs_into_another_or_off_the_chart(all_cases, case):
    for figure in drawn(all_cases[case]):
        assert_legible(figure)


def test_charts_are_those_with_measurements(make_results):
    results = make_results()
    assert list(charts(results)) == ["quality", "tradeoff", "gain", "latency"]
    assert list(charts(make_results(datasets=1))) == ["quality", "tradeoff", "latency"]
    assert list(charts(make_results(models=0))) == ["quality"]
    without = {name: getattr(results, name).iloc[:0] for name in ("quality", "timings", "latency")}
    assert list(charts(dataclasses.replace(results, **without))) == []
    assert list(charts(dataclasses.replace(results, timings=without["timings"]))) == ["quality", "latency"]
    assert list(charts(dataclasses.replace(results, quality=without["quality"]))) == ["latency"]


def test_alt_texts_say_what_is_to_be_seen(make_results):
    found = charts(make_results(models=["tiny"], datasets=["x", "y"]))
    assert found["quality"].alt.startswith("nDCG@10 by dataset, average of 2 datasets: BM25 0.")
    assert "tiny 0." in found["tradeoff"].alt
    assert "of 2." in found["gain"].alt
    assert "1 passage per request, 1 thread: tiny" in found["latency"].alt
    assert "at 32 to 128 tokens" in found["latency"].alt
