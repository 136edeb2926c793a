from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from bench.report.charts.chart import Chart, ChartKind
from bench.report.charts.chart_list import charts
from bench.report.charts.interactive import Plot, PlotAxis, PlotLine, PlotPoint, PlotView
from bench.report.page.chart_data import chart_data
from bench.report.page.shown_runs import PageRuns
from bench.results.run_results import RunResults

MACHINE = {"cpu": "Some CPU", "architecture": "x86_64", "cpu_family": [25, 1, 1], "cores": 2, "isa": ["avx2"]}


def drawn(runs: PageRuns) -> dict[str, Any]:
    return chart_data(runs, charts(runs.own))


def test_quality_is_a_mean_with_its_interval_by_dataset_and_the_average(make_results: Any) -> None:
    results = make_results(datasets=2, queries=8)
    data = drawn(PageRuns(results))
    rows = data["charts"]["quality"]["rows"]
    assert [(row["label"], row["detail"], row["apart"]) for row in rows] == [
        ("dataset-0", "8 queries", False),
        ("dataset-1", "8 queries", False),
        ("Average", "each dataset alike", True),
    ]
    point = next(point for point in rows[0]["points"] if point["series"] == 1)
    values = results.quality.query("dataset == 'dataset-0' and model == 'model-1' and measure == 'nDCG@10'")["value"]
    assert point["value"] == pytest.approx(values.mean(), abs=1e-6)
    assert point["low"] < point["value"] < point["high"]
    assert data["models"] == ["model-0", "model-1"]


def test_a_sweep_is_a_point_a_depth_at_its_median_and_95th_percentile(results: RunResults) -> None:
    plot = drawn(PageRuns(results))["charts"]["tradeoff"]
    for quantile, percent in (("median", 50), ("p95", 95)):
        choices = {"Dataset": "dataset-1", "Time": quantile}
        (view,) = (view for view in plot["views"] if view["choices"] == choices)
        (line,) = (line for line in view["lines"] if line["series"] == 1)
        assert [point["name"] for point in line["points"]] == ["top 10", "top 20", "top 50"]
        times = results.sweep_timings.query("dataset == 'dataset-1' and model == 'large' and depth == 20")["seconds"]
        assert line["points"][1]["x"] == pytest.approx(np.percentile(times, percent) * 1000, rel=1e-5)
        assert line["points"][1]["y"] == pytest.approx(0.3 + 0.1 + 0.02 + 0.015, rel=1e-5)
        assert view["note"] == "†"


def test_without_a_sweep_a_model_is_a_point_as_it_was_run(make_results: Any) -> None:
    results = make_results(datasets=2)
    plot = drawn(PageRuns(results))["charts"]["tradeoff"]
    assert [view["choices"]["Dataset"] for view in plot["views"][::2]] == ["Average", "dataset-0", "dataset-1"]
    assert {point["name"] for view in plot["views"] for line in view["lines"] for point in line["points"]} == {"as run"}
    assert all(len(view["levels"]) == 1 for view in plot["views"])


def test_latency_is_a_view_a_setting_and_a_line_a_model(make_results: Any) -> None:
    results = make_results(settings=((1, 1), (10, 2)))
    plot = drawn(PageRuns(results))["charts"]["latency"]
    assert [view["choices"] for view in plot["views"]] == [
        {"Threads": "1", "Passages per request": "1"},
        {"Threads": "2", "Passages per request": "10"},
    ]
    (line,) = (line for line in plot["views"][1]["lines"] if line["series"] == 1)
    assert [point["x"] for point in line["points"]] == [32, 64, 128]
    cells = results.latency.query("model == 'model-1' and passages == 10 and tokens == 64")["seconds"] * 1000
    expected = np.percentile(cells, [5, 50, 95])
    assert [line["points"][1][key] for key in ("low", "y", "high")] == pytest.approx(list(expected), rel=1e-5)


@pytest.mark.parametrize("same", [True, False])
def test_times_of_another_machine_are_not_drawn(make_results: Any, same: bool) -> None:
    run = make_results(machine=MACHINE)
    other = replace(run, name="other", machine=MACHINE | ({} if same else {"cores": 64}))
    found = drawn(PageRuns(run, other))["charts"]
    for name in ("tradeoff", "latency"):
        runs = {line["run"] for view in found[name]["views"] for line in view["lines"]}
        assert runs == ({0, 1} if same else {0})
    assert {point["run"] for row in found["quality"]["rows"] for point in row["points"]} == {0, 1}


def test_what_was_not_measured_is_not_drawn(make_results: Any) -> None:
    results = make_results()
    nothing = replace(results, quality=results.quality[:0], timings=results.timings[:0], latency=results.latency[:0])
    assert drawn(PageRuns(nothing))["charts"] == {}
    assert set(drawn(PageRuns(replace(results, timings=results.timings[:0])))["charts"]) == {"quality", "latency"}


def test_one_query_has_no_interval(make_results: Any) -> None:
    rows = drawn(PageRuns(make_results(queries=1, datasets=1)))["charts"]["quality"]["rows"]
    assert {(point["low"], point["high"]) for point in rows[0]["points"]} == {(None, None)}


def test_a_chart_of_the_list_is_drawn_without_more_ado(make_results: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def sizes(charts: Sequence[Chart[dict[str, int]]]) -> Plot:
        lines = tuple(
            PlotLine(run, model, (PlotPoint("size", layers, 1 / 3, None, None),))
            for run, chart in enumerate(charts)
            for model, layers in chart.data.items()
        )
        return Plot(
            PlotAxis("layers", "count", log=False), PlotAxis("made up", "score", log=False), (PlotView({}, lines),)
        )

    novel: ChartKind[dict[str, int]] = ChartKind(
        "novel",
        data=lambda results: {model.name: model.layers for model in results.models},
        is_measured=bool,
        describe=lambda results, _: results.name,
        draw=lambda *_: Figure(),
        interactive=sizes,
    )
    monkeypatch.setattr("bench.report.page.chart_data.CHARTS", (novel,))
    results = make_results(models=["small"])
    (plot,) = chart_data(PageRuns(results, replace(results, name="other")), {})["charts"].values()
    points = [{"name": "size", "x": results.models[0].layers, "y": 0.333333, "low": None, "high": None}]
    assert plot["views"] == [
        {
            "choices": {},
            "lines": [{"series": 0, "run": run, "points": points} for run in (0, 1)],
            "levels": [],
            "note": "",
        }
    ]
