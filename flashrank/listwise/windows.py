"""Ranks more passages than a language model takes at once, in windows that slide from the bottom to the top."""

from __future__ import annotations

from collections.abc import Callable, Sequence

# RankGPT's (https://arxiv.org/abs/2304.09542, section 3.2), kept by RankZephyr.
SIZE = 20
STEP = 10


def sliding_windows(count: int, size: int = SIZE, step: int = STEP) -> list[tuple[int, int]]:
    """Return the positions (start, end) of each window over ``count`` passages, in the order they are ranked.

    The first window holds the last ``size`` passages; each further one begins and ends ``step`` earlier, and the last
    begins at 0, where it may be shorter. Fewer than two passages have nothing to rank, and so no window.
    """
    if count < 2:
        return []
    windows = [(max(0, count - size), count)]
    while windows[-1][0] > 0:
        end = windows[-1][1] - step
        windows.append((max(0, end - size), end))
    return windows


def rank(count: int, order_window: Callable[[Sequence[int]], Sequence[int]]) -> list[int]:
    """Return the numbers 0 to ``count - 1`` in the order that ranking window after window gives them.

    The better half of each window is ranked again in the next one, so that the best ``STEP`` of all rise to the top.
    With a perfect ``order_window`` the first ``STEP`` are the best ones, in order; below them one pass is not a sort.

    Args:
        count: How many passages there are.
        order_window: Takes the passages of one window in their present order, and returns the same ones, best first.
    """
    order = list(range(count))
    for start, end in sliding_windows(count):
        order[start:end] = order_window(order[start:end])
    return order
