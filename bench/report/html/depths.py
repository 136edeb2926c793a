"""What quality each model has at which time per query: at every depth that was swept, or as it was run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.report import aggregate
from bench.results import RunResults


@dataclass(frozen=True)
class Cell:
    """A model on a dataset in one setting.

    Attributes:
        values: The measure, one a query.
        seconds: Times, one a request.
    """

    values: NDArray[np.float64]
    seconds: NDArray[np.float64]


def operating_points(results: RunResults, measure: str) -> dict[tuple[str, str], dict[str, Cell]]:
    """Return (dataset, model) -> setting, such as ``"top 50"`` -> what was measured there.

    Depths are those of the sweep at the longest pairs that both its parts have, timed with the most threads. A model
    that was not swept has one setting, ``"as run"``, from the queries timed while measuring quality.
    """
    found: dict[tuple[str, str], dict[str, Cell]] = {}
    timings = dict(aggregate.groups(results.timings, "dataset", "model"))
    values = aggregate.query_values(results, measure)
    swept = results.sweep[results.sweep["measure"] == measure]
    quality = dict(aggregate.groups(swept, "dataset", "model"))
    requests = dict(aggregate.groups(results.sweep_timings, "dataset", "model"))
    for cell in ((dataset, model.name) for dataset in results.datasets for model in results.models):
        if cell in quality and cell in requests and (depths := _depths(quality[cell], requests[cell])):
            found[cell] = depths
        elif cell in values and cell in timings:
            seconds = timings[cell]["seconds"].to_numpy(dtype=float)
            found[cell] = {"as run": Cell(np.asarray(values[cell], dtype=np.float64), seconds)}
    return found


def _depths(quality: Any, requests: Any) -> dict[str, Cell]:
    lengths = set(quality["max_length"]) & set(requests["max_length"])
    if not lengths:
        return {}
    quality = quality[quality["max_length"] == max(lengths)]
    requests = requests[(requests["max_length"] == max(lengths)) & (requests["threads"] == requests["threads"].max())]
    times = dict(aggregate.groups(requests, "depth"))
    return {
        f"top {int(depth)}": Cell(
            group["value"].to_numpy(dtype=float), times[(depth,)]["seconds"].to_numpy(dtype=float)
        )
        for (depth,), group in aggregate.groups(quality, "depth")
        if (depth,) in times
    }
