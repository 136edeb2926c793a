from __future__ import annotations

import dataclasses

import pytest

from bench.report.charts.chart import save
from bench.report.charts.chart_list import charts
from bench.report.charts.colours import DARK
from bench.report.charts.cost import predicted_cells
from bench.stats.cost_check import fit_models
from tests.bench.report.figures import assert_legible, draw, words

NASTY = "org/a_b--c|d&e%f$g$-<h>-" + "very-long-name-" * 4
LENGTHS = (16, 32, 64, 128, 256)


def test_each_cell_is_a_point_at_its_measured_and_unseen_predicted_time(make_results):
    results = make_results(models=2, tokens=LENGTHS, settings=((1, 1), (10, 2)))
    above, beneath = draw("cost", results).axes
    points = [[line for line in axes.lines if line.get_linestyle() == "None"] for axes in (above, beneath)]
    assert [len(of_axes) for of_axes in points] == [2, 2]
    for fit, upper, lower in zip(fit_models(results.latency, results.models), *points, strict=False):
        measured = [1000 * cell.seconds for cell, _ in fit.unseen_cells]
        predicted = [1000 * seconds for _, seconds in fit.unseen_cells]
        assert len(measured) == 10
        assert upper.get_xdata() == pytest.approx(measured)
        assert upper.get_ydata() == pytest.approx(predicted)
        assert lower.get_xdata() == pytest.approx(measured)
        assert lower.get_ydata() == pytest.approx([100 * (p / m - 1) for p, m in zip(predicted, measured, strict=True)])
    assert above.get_xlim() == above.get_ylim() == beneath.get_xlim()
    assert {above.get_xscale(), above.get_yscale(), beneath.get_xscale()} == {"log"}
    low, high = beneath.get_ylim()
    assert low < 0 < high


def test_models_with_too_few_settings_are_named_and_not_drawn(make_results):
    results = make_results(models=2, tokens=LENGTHS)
    few = (results.latency["model"] == "model-0") | (results.latency["tokens"] <= 64)
    results = dataclasses.replace(results, latency=results.latency[few])
    assert list(predicted_cells(results)) == ["model-0"]
    found = words(draw("cost", results))
    assert any("Not drawn, as too few settings were measured: model-1." in text for text in found)
    assert "model-1" not in found


@pytest.mark.parametrize(
    "changes",
    [
        {"models": 1, "repeats": 1},
        {"models": 6, "settings": ((1, 1), (10, 2), (100, 2))},
        {"models": [NASTY, "$x$"]},
    ],
)
def test_no_text_runs_into_another_or_off_the_chart(make_results, changes):
    results = make_results(**({"tokens": LENGTHS} | changes))
    assert_legible(draw("cost", results))


def test_a_prediction_far_off_stays_on_the_chart(make_results):
    results = make_results(models=1, tokens=LENGTHS)
    latency = results.latency
    latency = latency.assign(seconds=latency["seconds"].where(latency["tokens"] != 256, 50.0))
    results = dataclasses.replace(results, latency=latency)
    for axes in draw("cost", results, DARK).axes:
        (points,) = [line for line in axes.lines if line.get_linestyle() == "None"]
        low, high = axes.get_ylim()
        assert all(low < y < high for y in points.get_ydata())


def test_the_same_results_give_the_same_bytes(make_results, tmp_path):
    results = make_results(models=1, tokens=LENGTHS)
    chart = charts(results)["cost"]
    written = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        written.append([path.read_bytes() for path in save(chart, tmp_path / folder, ("svg", "png"))])
    assert written[0] == written[1]
