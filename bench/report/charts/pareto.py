"""The Pareto front: quality against latency at every depth and length, a curve a model, a panel a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.report.values.operating_points import OperatingPoint, curve, front, operating_points
from bench.report.values.text import milliseconds, score
from bench.results.run_results import RunResults

#: The percentile of the times that the front is of.
MEDIAN = 50


@dataclass(frozen=True)
class ParetoPanel:
    """One dataset.

    Attributes:
        dataset: Its label.
        first_stage: The first stage alone, if it was measured.
        curves: Model -> its points at the longest pairs, by depth.
        shorter: The points at shorter pairs, of all models.
        front: The points that no other beats at the median, the first stage among them.
    """

    dataset: str
    first_stage: OperatingPoint | None
    curves: dict[str, tuple[OperatingPoint, ...]]
    shorter: tuple[OperatingPoint, ...]
    front: tuple[OperatingPoint, ...]

    @property
    def prominent(self) -> tuple[OperatingPoint, ...]:
        """The points drawn large and with intervals: those of the front first, then those of the curves."""
        on_front = tuple(point for point in self.front if point.reranks)
        return on_front + tuple(point for line in self.curves.values() for point in line if point not in on_front)


def pareto_panels(results: RunResults) -> tuple[ParetoPanel, ...]:
    """Return a panel for every dataset whose sweep was both measured and timed.

    Raises:
        BenchError: A value or a time is not a finite number, or stands there twice.
    """
    panels = []
    for dataset, points in operating_points(results).items():
        timed = [point for point in points if point.is_timed]
        curves = {model.name: found for model in results.models if (found := curve(timed, model.name))}
        if curves:
            drawn = {point for found in curves.values() for point in found}
            first_stage = next((point for point in timed if not point.reranks), None)
            shorter = tuple(point for point in timed if point.reranks and point not in drawn)
            panels.append(ParetoPanel(dataset, first_stage, curves, shorter, front(timed, MEDIAN)))
    return tuple(panels)


def describe_pareto(results: RunResults, panels: Sequence[ParetoPanel]) -> str:
    """Return the chart in words: the front of every dataset."""
    parts = []
    for panel in panels:
        points = [
            f"{point.model} {score(point.quality)} at {milliseconds(point.latency(MEDIAN))} ms "
            f"({point.depth} candidates, {point.max_length} tokens)"
            for point in panel.front
            if point.reranks
        ]
        points += [] if panel.first_stage is None else [f"{panel.first_stage.model} {score(panel.first_stage.quality)}"]
        parts.append(f"{panel.dataset}: {', '.join(points)}")
    return f"The front of {results.measures[0]} against median milliseconds per query. {'; '.join(parts)}."
