from __future__ import annotations

import dataclasses

import pytest

from bench.report.charts.chart import save
from bench.report.charts.chart_list import charts
from bench.report.charts.colours import DARK
from bench.report.charts.depth import depth_rows
from bench.report.values.operating_points import operating_points
from tests.bench.report.figures import assert_legible, draw, words
from tests.bench.report.sweeps import swept

NASTY = "org/a_b--c|d&e%f$g$-<h>-" + "very-long-name-" * 4


def lines_of(axes):
    return [line for line in axes.lines if line.get_linestyle() != "None" and list(line.get_xdata()) != [0, 1]]


def test_lines_are_the_means_by_depth_and_by_length(make_results):
    results = swept(make_results(models=2, datasets=["x"], queries=12))
    by_depth, by_length = draw("depth", results).axes
    points = [point for point in operating_points(results)["x"] if point.reranks]
    for index, (line, other) in enumerate(zip(lines_of(by_depth), lines_of(by_length), strict=True)):
        of_model = [point for point in points if point.model == f"model-{index}"]
        assert list(line.get_xdata()) == [10, 20, 50, 100]
        assert list(line.get_ydata()) == [point.quality for point in of_model if point.max_length == 256]
        assert list(other.get_xdata()) == [64, 128, 256]
        assert list(other.get_ydata()) == [point.quality for point in of_model if point.depth == 100]
    assert by_depth.get_ylim() == by_length.get_ylim()
    assert by_depth.get_xscale() == by_length.get_xscale() == "log"


def test_bands_are_the_intervals_and_the_first_stage_is_dashed(make_results):
    results = swept(make_results(models=1, datasets=["x"], queries=12), lengths=(64,))
    (axes,) = draw("depth", results).axes
    (row,) = depth_rows(results)
    (band,) = axes.collections
    heights = {round(float(y), 9) for _, y in band.get_paths()[0].vertices}
    for point in row.by_depth["model-0"]:
        assert {round(point.quality_interval.low, 9), round(point.quality_interval.high, 9)} <= heights
    (dashed,) = [line for line in axes.lines if list(line.get_xdata()) == [0, 1]]
    assert dashed.get_ydata()[0] == row.first_stage.quality


def test_only_what_was_varied_has_panels(make_results):
    results = make_results(models=1, datasets=["x", "y"], queries=4)
    assert len(draw("depth", swept(results)).axes) == 4
    figure = draw("depth", swept(results, lengths=(64,)))
    assert len(figure.axes) == 2
    assert {"nDCG@10 by depth", "candidates reranked", "4 queries"} <= set(words(figure))
    figure = draw("depth", swept(results, depths=(10,)))
    assert {"nDCG@10 by length", "most tokens per pair"} <= set(words(figure))


def test_models_that_were_not_swept_are_named_and_not_drawn(make_results):
    results = swept(make_results(models=["a", "b"], datasets=["x"], queries=4))
    results = dataclasses.replace(results, sweep=results.sweep[results.sweep["model"] == "a"])
    found = words(draw("depth", results))
    assert any("Not drawn, as not in the sweep: b." in text for text in found)
    assert "b" not in found


@pytest.mark.parametrize(
    ("changes", "sweep"),
    [
        ({"models": 1, "datasets": 1, "queries": 1}, {"lengths": (64,)}),
        ({"models": 5, "datasets": 1}, {"depths": (10, 11, 12, 20, 50, 100, 200, 1000)}),
        ({"models": 5, "datasets": 3}, {}),
        ({"models": 2, "datasets": 7}, {"lengths": (64, 512)}),
        ({"models": [NASTY, "$x$"], "datasets": [NASTY, "y"], "notes": {"y": NASTY}}, {}),
        ({"models": 2, "datasets": 1, "first_stage": {}}, {}),
    ],
)
@pytest.mark.slow
def test_no_text_runs_into_another_or_off_the_chart(make_results, changes, sweep):
    assert_legible(draw("depth", swept(make_results(**({"queries": 4} | changes)), **sweep), DARK))


def test_the_same_results_give_the_same_bytes(make_results, tmp_path):
    results = swept(make_results(models=1, datasets=1, queries=6))
    written = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        chart = charts(results)["depth"]
        written.append([path.read_bytes() for path in save(chart, tmp_path / folder, ("svg", "png"))])
    assert written[0] == written[1]
