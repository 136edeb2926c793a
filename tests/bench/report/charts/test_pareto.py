from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bench.report.charts.chart_list import charts, save
from bench.report.charts.colours import DARK, LIGHT
from bench.report.charts.drawing.settings import drawing
from bench.report.charts.pareto import describe_front, pareto_chart, pareto_panels
from bench.report.values.operating_points import operating_points
from tests.bench.report.figures import assert_legible, words
from tests.bench.report.sweeps import swept

NASTY = "org/a_b--c|d&e%f$g$-<h>-" + "very-long-name-" * 4


def draw(results, theme=LIGHT):
    with drawing():
        return pareto_chart(results, theme)


def test_every_timed_point_is_drawn_at_its_median_time_and_mean(make_results):
    results = swept(make_results(models=2, datasets=["x"], queries=12))
    (axes,) = draw(results).axes
    points = {
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
        for line in axes.lines
        if line.get_linestyle() == "None"
    }
    expected = {(of.latency(50), of.quality) for of in operating_points(results)["x"] if of.reranks}
    assert points == expected
    assert axes.get_xscale() == "log"
    low, high = axes.get_ylim()
    assert all(low < quality < high for _, quality in points)


def test_a_curve_is_a_models_points_by_depth_at_its_longest_pairs(make_results):
    results = swept(make_results(models=2, datasets=["x"], queries=12))
    (panel,) = pareto_panels(results)
    assert [[(of.depth, of.max_length) for of in curve] for curve in panel.curves.values()] == 2 * [
        [(10, 256), (20, 256), (50, 256), (100, 256)]
    ]
    assert len(panel.shorter) == 2 * 4 * 2
    (axes,) = draw(results).axes
    for curve in panel.curves.values():
        assert any(list(line.get_xdata()) == [of.latency(50) for of in curve] for line in axes.lines)


def test_the_front_is_drawn_in_steps_from_the_first_stage(make_results):
    results = swept(make_results(models=2, datasets=["x"], queries=12))
    (panel,) = pareto_panels(results)
    (axes,) = draw(results).axes
    (steps,) = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
    assert panel.front[0] is panel.first_stage
    assert list(steps.get_ydata())[:-1] == [of.quality for of in panel.front]
    assert (steps.get_xdata()[0], steps.get_xdata()[-1]) == pytest.approx(axes.get_xlim())
    (dashed,) = [line for line in axes.lines if list(line.get_xdata()) == [0, 1]]
    assert dashed.get_ydata()[0] == panel.first_stage.quality


def test_intervals_of_both_axes_are_drawn(make_results):
    results = swept(make_results(models=1, datasets=["x"], queries=12), lengths=(64,))
    (panel,) = pareto_panels(results)
    (axes,) = draw(results).axes
    segments = [segment for lines in axes.collections for segment in lines.get_segments()]
    for of in panel.curves["model-0"]:
        across, upwards = of.latency_interval(50), of.quality_interval
        assert any(np.allclose(s, [(across.low, of.quality), (across.high, of.quality)]) for s in segments)
        assert any(np.allclose(s, [(of.latency(50), upwards.low), (of.latency(50), upwards.high)]) for s in segments)


def test_points_are_labelled_by_depth(make_results):
    figure = draw(swept(make_results(models=1, datasets=["x"], queries=12), depths=(10, 40, 160), lengths=(64,)))
    assert {"10", "40", "160"} <= set(words(figure))
    assert not any("shorter pairs" in text for text in words(figure))


def test_a_panel_for_each_dataset_that_was_timed(make_results):
    results = swept(make_results(models=2, datasets=["x", "y", "z"], queries=6, notes={"x": "pool only"}))
    timings = results.sweep_timings
    results = dataclasses.replace(results, sweep_timings=timings[timings["dataset"] != "y"])
    assert [panel.dataset for panel in pareto_panels(results)] == ["x", "z"]
    figure = draw(results)
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    assert {"x†", "z", "6 queries, 4 timed", "BM25 alone"} <= set(words(figure))
    assert any("† x: pool only" in text for text in words(figure))


def test_models_that_were_not_timed_are_named_and_not_drawn(make_results):
    results = swept(make_results(models=["a", "b"], datasets=["x"], queries=6))
    timings = results.sweep_timings
    results = dataclasses.replace(results, sweep_timings=timings[timings["model"] == "a"])
    found = words(draw(results))
    assert any("Not drawn, as their sweep was not timed: b." in text for text in found)
    assert "b" not in found


def test_nothing_swept_is_no_chart(make_results):
    assert pareto_panels(make_results()) == []
    results = swept(make_results(models=1, datasets=["x"], queries=3))
    assert pareto_panels(dataclasses.replace(results, sweep_timings=results.sweep_timings.iloc[:0])) == []
    assert pareto_panels(dataclasses.replace(results, sweep=results.sweep.iloc[:0])) == []


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
    assert_legible(draw(swept(make_results(**({"queries": 6} | changes)), **sweep), DARK))


def test_words_name_the_front(make_results):
    results = swept(make_results(models=["tiny"], datasets=["x"], queries=6))
    (panel,) = pareto_panels(results)
    best = panel.front[-1]
    said = describe_front(results)
    assert said.startswith("The front of nDCG@10 against median milliseconds per query. x: tiny 0.")
    assert f"{best.quality:.3f} at " in said
    assert f"({best.depth} candidates, {best.max_length} tokens), BM25 0." in said


def test_the_same_results_give_the_same_bytes(make_results, tmp_path):
    results = swept(make_results(models=1, datasets=1, queries=6))
    written = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        chart = charts(results)["pareto"]
        written.append([path.read_bytes() for path in save(chart, tmp_path / folder, ("svg", "png"))])
    assert written[0] == written[1]
