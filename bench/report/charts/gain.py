"""The gain chart: quality against latency by dataset, a panel each, showing what the models add to its first stage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.report.values import aggregate
from bench.report.values.text import settled
from bench.results.run_results import RunResults


@dataclass(frozen=True)
class GainPanel:
    """One dataset.

    Attributes:
        dataset: Its label.
        baseline: The first stage's value of the primary measure.
        points: Model -> (median milliseconds per query, primary measure).
    """

    dataset: str
    baseline: float
    points: dict[str, tuple[float, float]]

    @property
    def gains(self) -> dict[str, float]:
        """What each model adds to the first stage."""
        return {name: settled(value - self.baseline) for name, (_, value) in self.points.items()}


def gain_panels(results: RunResults) -> tuple[GainPanel, ...]:
    """Return a panel for every dataset that has a first stage's number and a model's number and time."""
    means = aggregate.mean_quality(results, results.measures[0])
    first_stage = aggregate.first_stage_row(results)
    frame = aggregate.query_latency(results)
    panels = []
    for dataset in results.datasets if first_stage else ():
        values = aggregate.quality_on(means, dataset)
        timed = frame[frame["dataset"] == dataset]
        points = {
            name: (time, values[name])
            for name, time in zip(timed["model"].tolist(), timed["median ms"].tolist(), strict=True)
            if not (math.isnan(values[name]) or math.isnan(time))
        }
        baseline = values[first_stage] if first_stage else math.nan
        if points and not math.isnan(baseline):
            panels.append(GainPanel(dataset, baseline, points))
    return tuple(panels)


def describe_gain(results: RunResults, panels: Sequence[GainPanel]) -> str:
    """Return the chart in words: the range of every model's gains."""
    parts = []
    for model in results.models:
        gains = [panel.gains[model.name] for panel in panels if model.name in panel.points]
        if gains:
            above = sum(gain > 0 for gain in gains)
            parts.append(f"{model.name} {min(gains):+.3f} to {max(gains):+.3f}, above it on {above} of {len(gains)}")
    return f"Gain in {results.measures[0]} over the first stage by dataset. {'; '.join(parts)}."
