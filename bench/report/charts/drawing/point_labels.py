"""Labels of points in a crowded chart. A label that could be read as that of another point is left out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.report.charts.drawing.canvas import Canvas
from bench.report.charts.drawing.settings import SMALL
from bench.report.charts.drawing.text_layout import Box, text_height, text_width

Position = tuple[float, float]

#: Gaps between a point and its label, and directions in eighths of a half turn, clockwise from the right. Curves rise
#: to the right, so there is most room above them on the left, and below them on the right.
_GAPS = (6.0, 8.5)
_DIRECTIONS = (10, 12, 11, 9, 2, 4, 3, 1, 0, 8, 14, 6, 13, 15, 5, 7)
#: By how much a label is nearer to its own point than to one for which it would be wrong.
_NEARER = 3.0


@dataclass(frozen=True)
class Label:
    """The label of a point.

    Attributes:
        point: Where the point is.
        text: What is written.
        wrong: The points for which the text would be wrong.
    """

    point: Position
    text: str
    wrong: tuple[Position, ...]


def label_points(
    canvas: Canvas, labels: Sequence[Label], obstacles: Sequence[Box], avoided: Sequence[Box], frame: Box
) -> None:
    """Write each label beside its point, where there is a free place that cannot be misread.

    Args:
        canvas: What to write on; all positions are the canvas's.
        labels: The first have the first choice.
        obstacles: What no label may cover.
        avoided: What a label may cover if there is no better place.
        frame: Where labels have to be.
    """
    taken = list(obstacles)
    for label in labels:
        size = (text_width(label.text, SMALL) + 3, text_height(label.text, SMALL) - 1)
        free = [
            box
            for box in _around(label.point, *size)
            if box.outside(frame) < 1e-6
            and not any(map(box.overlap, taken))
            and all(_distance(box, other) >= _distance(box, label.point) + _NEARER for other in label.wrong)
        ]
        if free:
            # Rounded, so that of places equally good the first is taken, on every processor.
            best = min(free, key=lambda box: round(sum(map(box.overlap, avoided)), 6))
            taken.append(best)
            middle = ((best.left + best.right) / 2, (best.top + best.bottom) / 2)
            cover = {"facecolor": canvas.theme.background, "edgecolor": "none", "pad": 0.3, "alpha": 0.7}
            canvas.write(*middle, label.text, SMALL, ha="center", bbox=cover)


def along(positions: Sequence[Position]) -> Iterator[Box]:
    """Yield boxes on the lines from each position to the next, so close together that no text fits between them."""
    for (x, y), (next_x, next_y) in pairwise(positions):
        steps = max(1, round(math.dist((x, y), (next_x, next_y)) / 5))
        for step in range(steps):
            share = (step + 0.5) / steps
            yield square((x + share * (next_x - x), y + share * (next_y - y)), 3.0)


def square(middle: Position, side: float) -> Box:
    """Return a square around a position."""
    x, y = middle
    return Box(x - side / 2, y - side / 2, x + side / 2, y + side / 2)


def _around(point: Position, width: float, height: float) -> Iterator[Box]:
    """Yield the places beside a point for a text of this size, the best first."""
    for gap in _GAPS:
        for direction in _DIRECTIONS:
            x = point[0] + math.cos(direction * math.pi / 8) * (gap + width / 2)
            y = point[1] + math.sin(direction * math.pi / 8) * (gap + height / 2)
            yield Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _distance(box: Box, point: Position) -> float:
    return math.dist(point, (min(max(point[0], box.left), box.right), min(max(point[1], box.top), box.bottom)))
