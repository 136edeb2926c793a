"""The latency chart: how long a request takes as its pairs get longer, a line a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.common.words import count_of
from bench.report.charts.chart import Chart
from bench.report.charts.interactive import Plot, PlotAxis, PlotLine, PlotPoint, PlotView
from bench.report.values import aggregate
from bench.report.values.text import milliseconds
from bench.results.run_results import RunResults


@dataclass(frozen=True)
class RequestTime:
    """The requests of one length.

    Attributes:
        tokens: Tokens per pair.
        requests: How many were timed.
        low: 5th percentile of their milliseconds.
        median: Median milliseconds.
        high: 95th percentile of their milliseconds.
    """

    tokens: int
    requests: int
    low: float
    median: float
    high: float


@dataclass(frozen=True)
class LatencyPanel:
    """The requests of one size on one number of threads.

    Attributes:
        passages: Passages per request.
        threads: Threads of a request.
        lines: Model -> its times by tokens per pair, in experiment order.
    """

    passages: int
    threads: int
    lines: dict[str, tuple[RequestTime, ...]]

    @property
    def times(self) -> tuple[RequestTime, ...]:
        """The times of all models."""
        return tuple(time for line in self.lines.values() for time in line)

    @property
    def setting(self) -> str:
        """The size of the requests and the threads, in words."""
        return f"{count_of(self.passages, 'passage')} per request, {count_of(self.threads, 'thread')}"


def latency_panels(results: RunResults) -> tuple[LatencyPanel, ...]:
    """Return a panel for every size of requests and number of threads that was timed."""
    panels = []
    for (passages, threads), panel in aggregate.groups(
        aggregate.request_latency(results), "passages/request", "threads"
    ):
        columns = (
            panel[name].tolist() for name in ("model", "tokens/pair", "requests", "p5 ms", "median ms", "p95 ms")
        )
        lines: dict[str, tuple[RequestTime, ...]] = {}
        for model, *time in zip(*columns, strict=True):
            lines[model] = (*lines.get(model, ()), RequestTime(*time))
        panels.append(LatencyPanel(int(passages), int(threads), lines))
    return tuple(panels)


def describe_latency(panels: Sequence[LatencyPanel]) -> str:
    """Return the chart in words: every model's medians at its shortest and its longest pairs."""
    parts = []
    for panel in panels:
        lines = []
        for name, line in panel.lines.items():
            ends = (line[0], line[-1]) if len(line) > 1 else line
            times = " to ".join(milliseconds(time.median) for time in ends)
            tokens = " to ".join(f"{time.tokens:,}" for time in ends)
            lines.append(f"{name} {times} ms at {tokens} tokens")
        parts.append(f"{panel.setting}: {', '.join(lines)}")
    return f"Median time per request by tokens per pair. {'; '.join(parts)}."


def interactive_latency(charts: Sequence[Chart[tuple[LatencyPanel, ...]]]) -> Plot:
    """Return a view for every number of threads and of passages, with the lines of all runs."""
    lines: dict[tuple[int, int], list[PlotLine]] = {}
    for run, chart in enumerate(charts):
        for panel in chart.data:
            lines.setdefault((panel.threads, panel.passages), []).extend(
                PlotLine(run, model, tuple(_point(time) for time in times)) for model, times in panel.lines.items()
            )
    views = tuple(
        PlotView({"Threads": f"{threads}", "Passages per request": f"{passages}"}, tuple(lines[threads, passages]))
        for threads, passages in sorted(lines)
    )
    return Plot(PlotAxis("tokens per pair", "count", log=True), PlotAxis("ms per request", "ms", log=True), views)


def _point(time: RequestTime) -> PlotPoint:
    return PlotPoint(f"{time.requests} requests", time.tokens, time.median, time.low, time.high)
