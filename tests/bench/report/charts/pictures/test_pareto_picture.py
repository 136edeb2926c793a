from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bench.report.charts.chart import save
from bench.report.charts.chart_list import charts
from bench.report.charts.colours import DARK
from bench.report.charts.pareto import pareto_panels
from bench.report.values.operating_points import operating_points
from tests.bench.report.figures import assert_legible, draw, words
from tests.bench.report.sweeps import swept

NASTY = "org/a_b--c|d&e%f$g$-<h>-" + "very-long-name-" * 4


def test_every_timed_point_is_drawn_at_its_median_time_and_mean(make_results):
    results = swept(make_results(models=2, datasets=["x"], queries=12))
    (axes,) = draw("pareto", results).axes
    points = {
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
        for line in axes.lines
        if line.get_linestyle() == "None"
    }
    expected = {(point.latency(50), point.quality) for point in operating_points(results)["x"] if point.reranks}
    assert points == expected
    assert axes.get_xscale() == "log"
    low, high = axes.get_ylim()
    assert all(low < quality < high for _, quality in points)


def test_a_curve_is_a_models_points_by_depth_at_its_longest_pairs(make_results):
    results = swept(make_results(models=2, datasets=["x"], queries=12))
    (panel,) = pareto_panels(results)
    assert [[(point.depth, point.max_length) for point in curve] for curve in panel.curves.values()] == 2 * [
        [(10, 256), (20, 256), (50, 256), (100, 256)]
    ]
    assert len(panel.shorter) == 2 * 4 * 2
    (axes,) = draw("pareto", results).axes
    for curve in panel.curves.values():
        assert any(list(line.get_xdata()) == [point.latency(50) for point in curve] for line in axes.lines)


def test_the_front_is_drawn_in_steps_from_the_first_stage(make_results):
    results = swept(make_results(models=2, datasets=["x"], queries=12))
    (panel,) = pareto_panels(results)
    (axes,) = draw("pareto", results).axes
    (steps,) = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
    assert panel.front[0] is panel.first_stage
    assert list(steps.get_ydata())[:-1] == [point.quality for point in panel.front]
    assert (steps.get_xdata()[0], steps.get_xdata()[-1]) == pytest.approx(axes.get_xlim())
    (dashed,) = [line for line in axes.lines if list(line.get_xdata()) == [0, 1]]
    assert dashed.get_ydata()[0] == panel.first_stage.quality


def test_intervals_of_both_axes_are_drawn(make_results):
    results = swept(make_results(models=1, datasets=["x"], queries=12), lengths=(64,))
    (panel,) = pareto_panels(results)
    (axes,) = draw("pareto", results).axes
    segments = [segment for lines in axes.collections for segment in lines.get_segments()]
    for point in panel.curves["model-0"]:
        across, upwards = point.latency_interval(50), point.quality_interval
        assert any(np.allclose(s, [(across.low, point.quality), (across.high, point.quality)]) for s in segments)
        assert any(
            np.allclose(s, [(point.latency(50), upwards.low), (point.latency(50), upwards.high)]) for s in segments
        )


def test_points_are_labelled_by_depth(make_results):
    figure = draw(
        "pareto", swept(make_results(models=1, datasets=["x"], queries=12), depths=(10, 40, 160), lengths=(64,))
    )
    assert {"10", "40", "160"} <= set(words(figure))
    assert not any("shorter pairs" in text for text in words(figure))


def test_a_panel_for_each_dataset_that_was_timed(make_results):
    results = swept(make_results(models=2, datasets=["x", "y", "z"], queries=6, notes={"x": "pool only"}))
    timings = results.sweep_timings
    results = dataclasses.replace(results, sweep_timings=timings[timings["dataset"] != "y"])
    assert [panel.dataset for panel in pareto_panels(results)] == ["x", "z"]
    figure = draw("pareto", results)
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    assert {"x†", "z", "6 queries, 4 timed", "BM25 alone"} <= set(words(figure))
    assert any("† x: pool only" in text for text in words(figure))


def test_models_that_were_not_timed_are_named_and_not_drawn(make_results):
    results = swept(make_results(models=["a", "b"], datasets=["x"], queries=6))
    timings = results.sweep_timings
    results = dataclasses.replace(results, sweep_timings=timings[timings["model"] == "a"])
    found = words(draw("pareto", results))
    assert any("Not drawn, as their sweep was not timed: b." in text for text in found)
    assert "b" not in found


@pytest.mark.parametrize(
    ("changes", "sweep"),
    [
        ({"models": 1, "datasets": 1, "queries": 1}, {"depths": (10,), "lengths": (64,)}),
        ({"models": 1, "datasets": 1}, {}),
        ({"models": 5, "datasets": 1}, {"depths": (5, 10, 20, 30, 50, 100, 200)}),
        ({"models": 5, "datasets": 3}, {}),
        ({"models": 2, "datasets": 7}, {"lengths": (64, 512)}),
        ({"models": [NASTY, "$x$"], "datasets": [NASTY, "y"], "notes": {"y": NASTY}}, {}),
        ({"models": 2, "datasets": 1, "first_stage": {}}, {}),
    ],
)
def test_no_text_runs_into_another_or_off_the_chart(make_results, changes, sweep):
    assert_legible(draw("pareto", swept(make_results(**({"queries": 6} | changes)), **sweep), DARK))


def test_the_same_results_give_the_same_bytes(make_results, tmp_path):
    results = swept(make_results(models=1, datasets=1, queries=6))
    written = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        chart = charts(results)["pareto"]
        written.append([path.read_bytes() for path in save(chart, tmp_path / folder, ("svg", "png"))])
    assert written[0] == written[1]
