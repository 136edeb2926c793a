"""Where text goes in a chart: measuring, wrapping and keeping labels apart. All lengths are in points."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from bench.common.words import count_of
from bench.results.run_results import ModelInfo

#: Height of a line of text as a multiple of its font size.
LINE = 1.25


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Return how wide the longest line of ``text`` is."""
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    lines = [line for line in text.split("\n") if line]
    return max((float(text_to_path.get_text_width_height_descent(line, font, False)[0]) for line in lines), default=0.0)


def text_height(text: str, size: float) -> float:
    """Return how high ``text`` is, by its number of lines."""
    return size * LINE * (text.count("\n") + 1)


def wrap(text: str, width: float, size: float, weight: str = "normal") -> str:
    """Return ``text`` with line breaks so that it fits ``width``: after spaces and ``- _ / . :``, else anywhere."""
    lines = [""]
    for piece in re.findall(r"[^\s\-_/.:]*(?:[\-_/.:]+|\s+|$)", " ".join(text.split())):
        if text_width((lines[-1] + piece).rstrip(), size, weight) <= width:
            lines[-1] += piece
            continue
        if lines[-1]:
            lines.append("")
        for character in piece:
            if lines[-1] and text_width((lines[-1] + character).rstrip(), size, weight) > width:
                lines.append("")
            lines[-1] += character
    return "\n".join(line.rstrip() for line in lines)


def wrap_depth(model: ModelInfo, width: float, size: float) -> str:
    """Return the model's name with its depth, such as ``MiniLM (12 layers)``, wrapped but never within the depth.

    A name that ends in parentheses takes the depth into them.
    """
    name, depth = model.name, f"({count_of(model.layers, 'layer')})"
    remarked = re.fullmatch(r"(?P<name>.*\S) \((?P<remark>[^()]*)\)", name)
    if remarked and text_width(both := f"({remarked['remark']}, {depth[1:]}", size) <= width:
        name, depth = remarked["name"], both
    name = wrap(name, width, size)
    last = name.split("\n")[-1]
    return name + (" " if text_width(f"{last} {depth}", size) <= width else "\n") + depth


def spread(targets: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Return the centres of labels: as near to ``targets`` as can be without overlapping.

    The order of the targets is kept. Isotonic regression: neighbours that would overlap are moved together, by the
    least sum of squares. They stay within ``low`` and ``high`` if their heights fit.
    """
    order = sorted(range(len(targets)), key=lambda index: targets[index])
    offsets, edge = [], 0.0
    for index in order:
        offsets.append(edge + heights[index] / 2)
        edge += heights[index]
    blocks: list[list[float]] = []  # [sum, count] of targets without the offsets that keep neighbours apart
    for index, offset in zip(order, offsets, strict=True):
        blocks.append([targets[index] - offset, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, number = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += number
    starts = [total / number for total, number in blocks for _ in range(int(number))]
    centres = [0.0] * len(targets)
    for index, start, offset in zip(order, starts, offsets, strict=True):
        centres[index] = max(low, min(start, high - edge)) + offset
    return centres


@dataclass(frozen=True)
class Box:
    """A rectangle in a chart; heights are measured downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Box) -> float:
        """Return the area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return width * height if width > 0 and height > 0 else 0.0

    def outside(self, frame: Box) -> float:
        """Return the area of this box that lies outside ``frame``."""
        return (self.right - self.left) * (self.bottom - self.top) - self.overlap(frame)


def place(point: tuple[float, float], size: tuple[float, float], taken: Sequence[Box], frame: Box) -> Box:
    """Return where a label of ``size`` (width, height) goes: near ``point``, within ``frame``, on none of ``taken``.

    Sixteen directions at growing distance are tried, the right hand side first; the least overlap wins.
    """
    width, height = size
    best, least = Box(0, 0, 0, 0), math.inf
    for distance in (7.0, 16.0, 28.0, 42.0, 60.0):
        for step in (0, 8, 4, 12, 2, 14, 6, 10, 1, 15, 7, 9, 3, 13, 5, 11):
            across, down = math.cos(step * math.pi / 8), math.sin(step * math.pi / 8)
            x, y = point[0] + across * (distance + width / 2), point[1] + down * (distance + height / 2)
            box = Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            cost = sum(box.overlap(other) for other in taken) + 10 * box.outside(frame)
            if cost < least - 1e-6:
                best, least = box, cost
        if least < 1e-6:
            break
    return best
