from __future__ import annotations

import math

import pytest
from matplotlib.text import Text

from bench.report.charts.colours import LIGHT
from bench.report.charts.drawing.canvas import Canvas, ChartText
from bench.report.charts.drawing.point_labels import Label, along, label_points, square
from bench.report.charts.drawing.text_layout import Box

FRAME = Box(0, 0, 200, 200)


def written(labels, hidden=(), crossed=(), frame=FRAME):
    """Return the texts that were written, with their middles from the top left corner."""
    canvas = Canvas(LIGHT, ChartText("", []), 300)
    before = set(canvas.figure.findobj(Text))
    label_points(canvas, labels, hidden, crossed, frame)
    new = [text for text in canvas.figure.findobj(Text) if text not in before]
    return {text.get_text(): (text.get_position()[0], canvas.height - text.get_position()[1]) for text in new}


def test_a_label_is_beside_its_point():
    found = written([Label((100, 100), "50", ())], hidden=[square((100, 100), 6)])
    assert 5 < math.dist(found["50"], (100, 100)) < 20


def test_labels_that_have_no_room_are_left_out():
    assert written([Label((100, 100), "50", ())], hidden=[Box(50, 50, 150, 150)]) == {}
    assert written([Label((100, 100), "50", ())], frame=Box(95, 95, 105, 105)) == {}
    assert list(written([Label((100, 100), "50", ()), Label((100, 100), "60", ())], frame=Box(75, 87, 100, 100))) == [
        "50"
    ]


@pytest.mark.parametrize("other", [(104, 100), (96, 100), (100, 104), (100, 96), (110, 110), (90, 92)])
def test_a_label_is_nearer_to_its_point_than_to_where_it_is_wrong(other):
    found = written([Label((100, 100), "5", (other,))])
    assert math.dist(found["5"], (100, 100)) < math.dist(found["5"], other)
    assert written([Label((100, 100), "5", ((100, 100),))]) == {}


def test_a_label_crosses_a_line_only_if_it_must():
    right_hand = Box(0, 0, 103, 200)
    x, _ = written([Label((100, 100), "5", ())], crossed=[right_hand])["5"]
    assert x > 103
    assert written([Label((100, 100), "5", ())], crossed=[FRAME])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5, 0.77, 1.0])
def test_no_text_fits_between_the_boxes_of_a_line(share):
    boxes = list(along([(0, 0), (30, 40), (30, 60)]))
    for (x, y), (next_x, next_y) in (((0, 0), (30, 40)), ((30, 40), (30, 60))):
        letter = square((x + share * (next_x - x), y + share * (next_y - y)), 5)
        assert any(box.overlap(letter) for box in boxes)
    assert list(along([(1, 1)])) == []
