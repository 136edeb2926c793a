"""The cost chart: predicted against measured time per request, every cell predicted by a fit that has not seen it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from bench.common.words import count_of
from bench.report.values.text import milliseconds, one_decimal
from bench.results.run_results import RunResults
from bench.stats.cost_check import errors_of, fit_models
from bench.stats.cost_model import LatencyCell

#: A cell with its predicted seconds.
PredictedCell: TypeAlias = tuple[LatencyCell, float]


def predicted_cells(results: RunResults) -> dict[str, tuple[PredictedCell, ...]]:
    """Return model -> its cells, each with the seconds predicted by a fit to the others; only models that have any."""
    models = [model.name for model in results.models]
    fits = zip(models, fit_models(results.latency, results.models), strict=False)
    return {name: fit.unseen_cells for name, fit in fits if fit.unseen_cells}


def describe_cost(cells: Mapping[str, tuple[PredictedCell, ...]]) -> str:
    """Return the chart in words: how far off the predictions of each model are."""
    parts = []
    for name, points in cells.items():
        errors = errors_of((cell.seconds, seconds) for cell, seconds in points)
        times = [1000 * cell.seconds for cell, _ in points]
        if errors:
            median, worst = one_decimal(100 * errors.median), one_decimal(100 * errors.worst)
            parts.append(
                f"{name} off by {median} % (median) and {worst} % (worst) in "
                f"{count_of(errors.count, 'cell')} of {milliseconds(min(times))} to {milliseconds(max(times))} ms"
            )
    return f"Predicted against measured time per request, each cell left out of the fit: {'; '.join(parts)}."
