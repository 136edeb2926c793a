from __future__ import annotations

import dataclasses

import pytest

from bench.report.charts.chart_list import charts, save
from bench.report.charts.colours import DARK, LIGHT
from bench.report.charts.depth import depth_chart, depth_rows, describe_depths
from bench.report.charts.drawing.settings import drawing
from bench.report.values.operating_points import operating_points
from tests.bench.report.figures import assert_legible, words
from tests.bench.report.sweeps import swept

NASTY = "org/a_b--c|d&e%f$g$-<h>-" + "very-long-name-" * 4


def draw(results, theme=LIGHT):
    with drawing():
        return depth_chart(results, theme)


def lines_of(axes):
    return [line for line in axes.lines if line.get_linestyle() != "None" and list(line.get_xdata()) != [0, 1]]


def test_lines_are_the_means_by_depth_and_by_length(make_results):
    results = swept(make_results(models=2, datasets=["x"], queries=12))
    by_depth, by_length = draw(results).axes
    points = [of for of in operating_points(results)["x"] if of.reranks]
    for index, (line, other) in enumerate(zip(lines_of(by_depth), lines_of(by_length), strict=True)):
        of_model = [of for of in points if of.model == f"model-{index}"]
        assert list(line.get_xdata()) == [10, 20, 50, 100]
        assert list(line.get_ydata()) == [of.quality for of in of_model if of.max_length == 256]
        assert list(other.get_xdata()) == [64, 128, 256]
        assert list(other.get_ydata()) == [of.quality for of in of_model if of.depth == 100]
    assert by_depth.get_ylim() == by_length.get_ylim()
    assert by_depth.get_xscale() == by_length.get_xscale() == "log"


def test_bands_are_the_intervals_and_the_first_stage_is_dashed(make_results):
    results = swept(make_results(models=1, datasets=["x"], queries=12), lengths=(64,))
    (axes,) = draw(results).axes
    (row,) = depth_rows(results)
    (band,) = axes.collections
    heights = {round(float(y), 9) for _, y in band.get_paths()[0].vertices}
    for of in row.by_depth["model-0"]:
        assert {round(of.quality_interval.low, 9), round(of.quality_interval.high, 9)} <= heights
    (dashed,) = [line for line in axes.lines if list(line.get_xdata()) == [0, 1]]
    assert dashed.get_ydata()[0] == row.first_stage.quality


def test_only_what_was_varied_has_panels(make_results):
    results = make_results(models=1, datasets=["x", "y"], queries=4)
    assert len(draw(swept(results)).axes) == 4
    figure = draw(swept(results, lengths=(64,)))
    assert len(figure.axes) == 2
    assert {"nDCG@10 by depth", "candidates reranked", "4 queries"} <= set(words(figure))
    figure = draw(swept(results, depths=(10,)))
    assert {"nDCG@10 by length", "most tokens per pair"} <= set(words(figure))


def test_nothing_varied_is_no_chart(make_results):
    results = make_results(models=1, datasets=["x"], queries=4)
    assert depth_rows(results) == []
    assert depth_rows(swept(results, depths=(10,), lengths=(64,))) == []


def test_models_that_were_not_swept_are_named_and_not_drawn(make_results):
    results = swept(make_results(models=["a", "b"], datasets=["x"], queries=4))
    results = dataclasses.replace(results, sweep=results.sweep[results.sweep["model"] == "a"])
    found = words(draw(results))
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
def test_no_text_runs_into_another_or_off_the_chart(make_results, changes, sweep):
    assert_legible(draw(swept(make_results(**({"queries": 4} | changes)), **sweep), DARK))


def test_words_say_what_depth_and_length_bring(make_results):
    results = swept(make_results(models=["tiny"], datasets=["x"], queries=6))
    (row,) = depth_rows(results)
    said = describe_depths(results)
    assert said.startswith("nDCG@10 by candidates reranked and by length. x: BM25 0.")
    line = row.by_depth["tiny"]
    assert f"tiny {line[0].quality:.3f} to {line[-1].quality:.3f} at 10 to 100 candidates" in said
    assert "at 64 to 256 tokens" in said


def test_the_same_results_give_the_same_bytes(make_results, tmp_path):
    results = swept(make_results(models=1, datasets=1, queries=6))
    written = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        chart = charts(results)["depth"]
        written.append([path.read_bytes() for path in save(chart, tmp_path / folder, ("svg", "png"))])
    assert written[0] == written[1]
