"""Axes that several charts share: logarithmic milliseconds, and linear values of a measure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import MaxNLocator, NullLocator

from bench.report.charts.drawing.settings import SMALL
from bench.report.charts.drawing.text_layout import text_width


def widened(values: Sequence[float], by: float, least: float) -> tuple[float, float]:
    """Return limits of a logarithmic axis for ``values``.

    Args:
        values: What has to be on the axis; zeros count as a nanosecond in milliseconds.
        by: Factor of room at either end.
        least: Least ratio of the limits, so that a single value has an axis too.
    """
    low, high = max(min(values), 1e-6), max(max(values), 1e-6)
    by = max(by, math.sqrt(least * low / high))
    return low / by, high * by


def label_logarithmic(axis: Axis, limits: tuple[float, float]) -> None:
    """Put round numbers on an axis that is logarithmic already, and none of the minor ticks."""
    ticks = log_ticks(*limits)
    axis.set_ticks(ticks, [f"{tick:,.6g}" for tick in ticks])
    axis.set_minor_locator(NullLocator())


def log_ticks(low: float, high: float) -> list[float]:
    """Return at least three round numbers, if there are, between ``low`` and ``high`` for a logarithmic axis."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: list[float] = []
    for steps in ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 5, 7), [step / 10 for step in range(10, 100)]):
        ticks = [tick for exponent in exponents for step in steps if low <= (tick := step * 10.0**exponent) <= high]
        if len(ticks) >= 3:
            break
    return ticks


def label_measured(axis: Axis, values: Sequence[int], limits: tuple[float, float], length: float) -> None:
    """Put a tick at every measured value of a logarithmic axis, and its number where there is room.

    Args:
        axis: A horizontal axis.
        values: In order.
        limits: Of the axis.
        length: Points from one end of the axis to the other.
    """
    shown: list[int] = []
    for value in reversed(values):
        room = (text_width(f"{value:,}", SMALL) + text_width(f"{shown[-1]:,}", SMALL)) / 2 + 5 if shown else 0.0
        if not shown or math.log(shown[-1] / value) / math.log(limits[1] / limits[0]) * length >= room:
            shown.append(value)
    axis.set_ticks(values, [f"{value:,}" if value in shown else "" for value in values])
    axis.set_minor_locator(NullLocator())


def log_share(value: float, limits: tuple[float, float]) -> float:
    """Return how far along a logarithmic axis ``value`` lies: 0 at the lower limit and below, 1 at the upper."""
    return math.log(max(value, limits[0]) / limits[0]) / math.log(limits[1] / limits[0])


def round_ticks(low: float, high: float, number: int) -> list[float]:
    """Return at most ``number`` + 1 round values within ``low`` and ``high``, evenly spaced."""
    ticks = MaxNLocator(number, steps=[1, 2, 5, 10]).tick_values(low, high)
    return [float(tick) for tick in ticks if low <= tick <= high]


def tick_labels(ticks: Sequence[float], *, signed: bool = False) -> list[str]:
    """Return ``ticks`` with equally many decimals; ``signed`` writes gains with a plus."""
    decimals = max((len(f"{tick:.4f}".rstrip("0").partition(".")[2]) for tick in ticks), default=0)
    sign = "+" if signed else "-"
    return [f"{tick:{sign}.{decimals}f}".replace("-", "\N{MINUS SIGN}") if tick else "0" for tick in ticks]


def value_axis(axes: Axes, limits: tuple[float, float], number: int = 6, *, signed: bool = False) -> None:
    """Give ``axes`` a linear vertical axis with about ``number`` ticks."""
    axes.set_ylim(*limits)
    ticks = round_ticks(*limits, number)
    axes.set_yticks(ticks, tick_labels(ticks, signed=signed))
