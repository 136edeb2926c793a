"""The chart of systems side by side, drawn."""

from __future__ import annotations

import pytest

from bench.report.charts.chart_list import charts
from tests.bench.report.figures import assert_legible, draw, words
from tests.bench.report.side_by_side import FACTORS, side_by_side

MANY = [f"{kind}, {count} passages" for kind in ("short", "MS MARCO-like", "SciFact-like") for count in (5, 100, 1000)]


@pytest.mark.parametrize(
    "made",
    [
        {},
        {"workloads": ["one"], "rounds": 1},
        {"models": ["ms-marco-MiniLM-L-12-v2", "a-model-with-a-very-long-name-" * 3], "workloads": MANY},
        {"failing": [("short, 5 passages", "Theirs")], "left_out": ["Others, torch"]},
    ],
)
def test_nothing_runs_into_anything_else(make_results, made):
    results = make_results(models=made.get("models", 1), **side_by_side(**made))
    assert_legible(draw("peers", results))


def test_points_stand_at_their_ratios_and_the_first_at_one(make_results):
    results = make_results(models=1, **side_by_side(workloads=["one"]))
    (axes,) = draw("peers", results).axes
    places = [line.get_xdata()[0] for line in axes.lines if line.get_marker() not in ("None", None, "")]
    assert places[0] == 1
    assert places[1:] == pytest.approx([FACTORS["Theirs"], FACTORS["Others, torch"]], rel=0.02)


def test_one_that_could_not_answer_is_named_and_one_left_out_is_not_drawn(make_results):
    made = side_by_side(failing=[("short, 5 passages", "Theirs")], left_out=["Others, torch"])
    shown = words(draw("peers", make_results(models=1, **made)))
    assert shown.count("could not") == 1
    assert "Theirs" in shown
    assert "Others, torch" not in shown


def test_a_run_that_did_not_compare_has_no_chart(make_results):
    assert "peers" not in charts(make_results())
