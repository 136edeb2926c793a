"""What quality each model has at which time per query: at every depth that was swept, or as it was run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.report.values import aggregate
from bench.report.values.operating_points import OperatingPoint, operating_points
from bench.results.run_results import RunResults


@dataclass(frozen=True)
class Cell:
    """A model on a dataset in one setting.

    Attributes:
        values: The primary measure, one a query.
        milliseconds: Times, one a query.
    """

    values: NDArray[np.float64]
    milliseconds: NDArray[np.float64]


def cells(results: RunResults) -> dict[tuple[str, str], dict[str, Cell]]:
    """Return (dataset, model) -> setting, such as ``"top 50"`` -> what was measured there.

    Depths are those of the sweep at the longest pairs that were timed. A model that was not swept has one setting,
    ``"as run"``, from the queries timed while measuring quality.
    """
    found: dict[tuple[str, str], dict[str, Cell]] = {}
    timings = dict(aggregate.groups(results.timings, "dataset", "model"))
    values = aggregate.query_values(results, results.measures[0])
    swept = operating_points(results)
    for cell in ((dataset, model.name) for dataset in results.datasets for model in results.models):
        dataset, model = cell
        if depths := _depths(point for point in swept.get(dataset, ()) if point.model == model):
            found[cell] = depths
        elif cell in values and cell in timings:
            milliseconds = 1000 * timings[cell]["seconds"].to_numpy(dtype=float)
            found[cell] = {"as run": Cell(np.asarray(values[cell], dtype=np.float64), milliseconds)}
    return found


def _depths(points: Iterable[OperatingPoint]) -> dict[str, Cell]:
    timed = [point for point in points if point.reranks and point.is_timed]
    longest = max((point.max_length for point in timed), default=0)
    return {f"top {of.depth}": Cell(of.values, of.milliseconds) for of in timed if of.max_length == longest}
