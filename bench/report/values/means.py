"""A mean of a measure and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bench.stats.intervals import Interval, bootstrap_average, bootstrap_interval


@dataclass(frozen=True, eq=False)
class Mean:
    """A mean over the queries of a dataset, or of several such means, each dataset weighing alike.

    Attributes:
        samples: The values, one a query: an array of shape (n,) a dataset, none of them empty.
    """

    samples: tuple[NDArray[np.float64], ...]

    @cached_property
    def value(self) -> float:
        """The mean."""
        return float(np.mean([sample.mean() for sample in self.samples]))

    @cached_property
    def interval(self) -> Interval | None:
        """Its 95 % bootstrap interval; None where a dataset has a single query."""
        if min(map(len, self.samples)) < 2:
            return None
        return bootstrap_interval(self.samples[0]) if len(self.samples) == 1 else bootstrap_average(self.samples)

    @property
    def bounds(self) -> tuple[float, float] | tuple[None, None]:
        """The lower and the upper end of ``interval``, both None without one."""
        return (None, None) if self.interval is None else (self.interval.low, self.interval.high)
