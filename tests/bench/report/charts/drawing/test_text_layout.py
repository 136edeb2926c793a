from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report.charts.drawing.text_layout import Box, place, spread, text_height, text_width, wrap, wrap_depth
from bench.results.run_results import ModelInfo

names = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=80)


@given(names)
def test_wrapped_lines_fit_and_lose_nothing(text):
    wrapped = wrap(text, 60, 8)
    assert wrapped.replace("\n", "") == text
    assert text_width(wrapped, 8) <= 60


def test_wrap_breaks_where_names_can_be_broken():
    assert wrap("ms-marco-MiniLM-L-12-v2", 60, 8).split("\n") == ["ms-marco-", "MiniLM-L-12-", "v2"]
    assert wrap("short", 80, 8) == "short"
    assert wrap("two words", text_width("two word", 8), 8) == "two\nwords"


@pytest.mark.parametrize("width", [40, 60, 80, 100, 150])
def test_depth_stays_in_one_piece(width):
    label = wrap_depth(ModelInfo("ms-marco-MiniLM-L-12-v2", 12, 384, 1, 512), width, 8)
    assert "(12 layers)" in label
    assert "(1 layer)" in wrap_depth(ModelInfo("a", 1, 1, 1, 1), width, 8)


def test_a_name_that_ends_in_parentheses_takes_the_depth_into_them():
    model = ModelInfo("L-4 x 384 (random weights)", 4, 384, 1, 512)
    assert wrap_depth(model, 300, 8) == "L-4 x 384 (random weights, 4 layers)"
    assert wrap_depth(model, 120, 8) == "L-4 x 384\n(random weights, 4 layers)"
    assert wrap_depth(model, 60, 8).replace("\n", " ") == "L-4 x 384 (random weights) (4 layers)"


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(1, 12)), min_size=1, max_size=8))
def test_spread_keeps_labels_apart_in_order_and_inside(labels):
    targets, heights = [target for target, _ in labels], [height for _, height in labels]
    centres = spread(targets, heights, 0, 100)
    order = sorted(range(len(labels)), key=lambda index: targets[index])
    for above, below in itertools.pairwise(order):
        assert centres[below] - centres[above] >= (heights[above] + heights[below]) / 2 - 1e-6
    assert centres[order[0]] - heights[order[0]] / 2 >= -1e-6
    assert centres[order[-1]] + heights[order[-1]] / 2 <= 100 + 1e-6


def test_spread_moves_nothing_without_need_and_evenly_otherwise():
    assert spread([10, 50, 90], [10, 10, 10], 0, 100) == [10, 50, 90]
    assert spread([50, 50], [10, 10], 0, 100) == [45, 55]
    assert spread([99, 20], [10, 10], 0, 100) == [95, 20]


def test_labels_go_right_of_their_point_or_where_there_is_room():
    frame = Box(0, 0, 100, 100)
    free = place((50, 50), (20, 10), [], frame)
    assert free.left > 50
    assert (free.top + free.bottom) / 2 == pytest.approx(50)
    at_edge = place((95, 50), (20, 10), [], frame)
    assert at_edge.right < 95
    taken = [free, at_edge]
    other = place((50, 50), (20, 10), taken, frame)
    assert all(other.overlap(box) == 0 for box in taken)


def test_overlap_and_outside_are_areas():
    assert Box(0, 0, 10, 10).overlap(Box(5, 5, 20, 20)) == 25
    assert Box(0, 0, 10, 10).overlap(Box(10, 0, 20, 10)) == 0
    assert Box(-5, 0, 5, 10).outside(Box(0, 0, 100, 100)) == 50


def test_text_is_measured_by_its_lines():
    assert text_width("aa\na", 8) == text_width("aa", 8) == pytest.approx(2 * text_width("a", 8), rel=0.02)
    assert text_width("", 8) == 0
    assert text_height("a\nb", 8) == 2 * text_height("a", 8)
