"""How far a fitted cost model can be trusted: its predictions for cells that it was not fitted to."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bench.common.errors import BenchError
from bench.results.run_results import ModelInfo
from bench.stats.cost_model import CostModel, LatencyCell, fit, fit_sizes, measured_cells

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PredictionErrors:
    """Absolute relative errors of predictions, 0.1 for a tenth too much or too little.

    Attributes:
        count: How many predictions.
        median: The usual error.
        p90: The 90th percentile.
        worst: The largest.
    """

    count: int
    median: float
    p90: float
    worst: float


@dataclass(frozen=True)
class CheckedFit:
    """A fit, or why there is none, and its predictions for cells that it was not fitted to.

    Attributes:
        name: Label of the model, or what the fit is over.
        cells: What was measured.
        model: The fit to all cells, or None.
        reason: Why there is none, else empty.
        unseen_cells: Each cell with the seconds that a fit to the other cells predicts; empty if none could be fitted.
        unseen_sizes: For a fit over models, each cell with the seconds predicted by a fit to models of other sizes.
    """

    name: str
    cells: tuple[LatencyCell, ...]
    model: CostModel | None
    reason: str
    unseen_cells: tuple[tuple[LatencyCell, float], ...]
    unseen_sizes: tuple[tuple[LatencyCell, float], ...] = ()


def unseen(
    cells: Sequence[LatencyCell],
    by: Callable[[LatencyCell], Hashable],
    fitted: Callable[[Sequence[LatencyCell]], CostModel] = fit,
) -> tuple[tuple[LatencyCell, float], ...]:
    """Return each cell with the seconds predicted by a fit to the cells of all other groups.

    Args:
        cells: The cells.
        by: Returns the group of a cell.
        fitted: Makes a fit. A group without which no fit can be made is left out.
    """
    found = []
    for group in dict.fromkeys(map(by, cells)):
        try:
            model = fitted([cell for cell in cells if by(cell) != group])
        except BenchError:
            continue
        found += [(cell, model.predict_cell(cell)) for cell in cells if by(cell) == group]
    return tuple(found)


def fit_models(latency: pd.DataFrame, models: Sequence[ModelInfo]) -> tuple[CheckedFit, ...]:
    """Return a fit of each model in the order given; if there are several models, a fit over all of them follows."""
    cells = measured_cells(latency, models)
    of_model = [(model.name, tuple(cell for cell in cells if cell.model == model.name)) for model in models]
    fits = [_checked(name, own, fit) for name, own in of_model]
    return (*fits, _checked("all models", cells, fit_sizes)) if len(models) > 1 else tuple(fits)


def errors_of(predictions: Iterable[tuple[float, float]]) -> PredictionErrors | None:
    """Return the errors of (measured, predicted) pairs, or None if there are none."""
    import numpy as np

    relative = np.abs([predicted / measured - 1 for measured, predicted in predictions])
    if not relative.size:
        return None
    return PredictionErrors(
        len(relative), float(np.median(relative)), float(np.percentile(relative, 90)), float(relative.max())
    )


@lru_cache(maxsize=64)  # tables, charts and their words all ask for the same fits
def _checked(
    name: str, cells: tuple[LatencyCell, ...], fitted: Callable[[Sequence[LatencyCell]], CostModel]
) -> CheckedFit:
    try:
        model = fitted(cells)
    except BenchError as error:
        return CheckedFit(name, cells, None, str(error), ())
    sizes = unseen(cells, lambda cell: cell.size, fitted) if fitted is fit_sizes else ()
    return CheckedFit(name, cells, model, "", unseen(cells, lambda cell: cell, fitted), sizes)
