"""The time chart: how long a request takes as its pairs get longer, one line a model."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from bench.common.words import count_of
from bench.report.charts.colours import Theme, model_mark
from bench.report.charts.drawing.axes import label_logarithmic, widened
from bench.report.charts.drawing.canvas import Canvas, ChartText, point_style
from bench.report.charts.drawing.settings import BODY, MARGIN, SMALL, WIDTH
from bench.report.charts.drawing.text_layout import spread, text_height, text_width, wrap_depth
from bench.report.values import aggregate
from bench.report.values.fingerprint import processor
from bench.report.values.text import milliseconds
from bench.results.run_results import RunResults

_LEFT, _AXIS, _LABEL = 40.0, 28.0, 140.0
#: Between the axes and the labels of the lines: the leaders.
_LEADERS = 16.0


def describe_latency(results: RunResults) -> str:
    """Return the chart in words: every model's medians at its shortest and its longest pairs."""
    frame = aggregate.request_latency(results)
    parts = []
    for setting, panel in aggregate.groups(frame, "passages/request", "threads"):
        lines = []
        for name, line in panel.groupby("model", sort=False):
            ends = line.iloc[[0, -1]].drop_duplicates()
            times = " to ".join(milliseconds(time) for time in ends["median ms"])
            tokens = " to ".join(f"{count:,}" for count in ends["tokens/pair"])
            lines.append(f"{name} {times} ms at {tokens} tokens")
        parts.append(f"{_setting(*setting)}: {', '.join(lines)}")
    return f"Median time per request by tokens per pair. {'; '.join(parts)}."


def latency_chart(results: RunResults, theme: Theme) -> Figure:
    """Draw the median time per request against tokens per pair, a panel for every request size and thread count."""
    frame = aggregate.request_latency(results)
    measured = [model for model in results.models if (frame["model"] == model.name).any()]
    labels = {model.name: wrap_depth(model, _LABEL, BODY) for model in measured}
    panels = [(_setting(*setting), panel) for setting, panel in aggregate.groups(frame, "passages/request", "threads")]
    several = len(panels) > 1
    height = max(165.0 if several else 230.0, sum(_label_height(label) for label in labels.values()))
    head = 24.0 if several else 4.0
    width = WIDTH - _LEFT - MARGIN - _LEADERS - 14 - max(text_width(label, BODY) for label in labels.values())
    fewest, most = frame["requests"].min(), frame["requests"].max()
    repeats = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
    axes_are = "Logarithmic axes, the same in all panels" if several else "Logarithmic axes"
    lines = [
        f"Milliseconds per request: median of {repeats}, and a band from the 5th to the 95th percentile.",
        " · ".join(part for part in (axes_are, processor(results.machine), "" if several else panels[0][0]) if part),
    ]
    text = ChartText("Latency by length", lines)
    canvas = Canvas(theme, text, len(panels) * (height + head) + _AXIS)
    limits = widened([*frame["p5 ms"], *frame["p95 ms"]], 1.12, 4.0)
    for number, (setting, panel) in enumerate(panels):
        top = canvas.top + number * (height + head) + head
        axes = canvas.axes(_LEFT, top, width, height)
        if several:
            canvas.write(_LEFT, top - 12, setting, weight="bold")
        _scale(axes, sorted(set(frame["tokens/pair"])), limits, width)
        axes.tick_params(labelbottom=number == len(panels) - 1)
        _lines(canvas, axes, results, panel, labels, (_LEFT, top, width, height))
    below = canvas.top + len(panels) * (height + head) + 24
    canvas.write(_LEFT + width / 2, below, "tokens per pair", SMALL, color=theme.muted, ha="center")
    return canvas.figure


def _setting(passages: int, threads: int) -> str:
    return f"{count_of(passages, 'passage')} per request, {count_of(threads, 'thread')}"


def _label_height(label: str) -> float:
    return text_height(label, BODY) + 3


def _scale(axes: Axes, tokens: list[int], limits: tuple[float, float], width: float) -> None:
    """Make both axes logarithmic, with a tick at every measured length and its number where there is room."""
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_ylim(*limits)
    label_logarithmic(axes.yaxis, limits)
    first, last = widened(tokens, 1.05, 2.0)
    axes.set_xlim(first, last)
    octave = width / math.log2(last / first)
    shown: list[int] = []
    for value in reversed(tokens):
        room = (text_width(f"{value:,}", SMALL) + text_width(f"{shown[-1]:,}", SMALL)) / 2 + 5 if shown else 0.0
        if not shown or math.log2(shown[-1] / value) * octave >= room:
            shown.append(value)
    axes.set_xticks(tokens, [f"{value:,}" if value in shown else "" for value in tokens])
    axes.xaxis.set_minor_locator(NullLocator())


def _lines(
    canvas: Canvas,
    axes: Axes,
    results: RunResults,
    panel: pd.DataFrame,
    labels: dict[str, str],
    area: tuple[float, float, float, float],
) -> None:
    """Draw every model's line and band, and its label to the right of the axes, joined by a leader."""
    left, top, width, height = area
    (first, last), (low, high) = axes.get_xlim(), axes.get_ylim()
    ends = {}
    for index, model in enumerate(results.models):
        line = panel[panel["model"] == model.name]
        if line.empty:
            continue
        mark = model_mark(canvas.theme, index)
        x, y = line["tokens/pair"].to_numpy(dtype=float), line["median ms"].to_numpy(dtype=float)
        axes.fill_between(x, line["p5 ms"], line["p95 ms"], color=mark.color, alpha=0.2, linewidth=0, zorder=2)
        axes.plot(x, y, color=mark.color, linestyle=mark.dashes, linewidth=1.6, zorder=3)
        axes.plot(x, y, zorder=4, **point_style(mark, canvas.theme, 6.0))
        across = left + width * math.log(x[-1] / first) / math.log(last / first)
        down = top + height * math.log(high / max(y[-1], low)) / math.log(high / low)
        ends[model.name] = (mark, across, down)
    heights = [_label_height(labels[name]) for name in ends]
    centres = spread([down for _, _, down in ends.values()], heights, top, top + height)
    column = left + width + _LEADERS
    for (name, (mark, across, down)), centre in zip(ends.items(), centres, strict=True):
        canvas.leader([across, max(across + 4, left + width), column], [down, down, centre])
        canvas.swatch(mark, column + 3, centre, 5.5)
        canvas.write(column + 10, centre, labels[name])
