"""How fast a model is on this machine, found in a few seconds: the cost model fitted to a handful of requests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.measure.latency import QUERY, beginning
from bench.stats.cost_model import LEAST_CELLS, CostModel, LatencyCell, fit
from flashrank import Ranker

if TYPE_CHECKING:
    import numpy.typing as npt

#: Tokens per pair of the timed requests, where the model takes as many.
LENGTHS = (24, 64, 128, 256, 512)
#: How often each length is timed, at least and at most; between these, for so many seconds.
_LEAST, _MOST, _EACH = 2, 50, 0.25
#: Seconds after which no other length is begun.
_SECONDS = 3.0


@dataclass(frozen=True)
class Speed:
    """What a probe found.

    Attributes:
        cost: Seconds of a request by its tokens; of one model, so that layers and width are 1.
        threads: Passages scored at once.
        max_length: Most tokens per pair.
        loading: Seconds in which the model was loaded.
    """

    cost: CostModel
    threads: int
    max_length: int
    loading: float

    def pairs(self, tokens: npt.ArrayLike) -> float:
        """Return the seconds of a request with pairs of these tokens, many more than there are threads."""
        import numpy as np

        return float(np.sum(self.cost.predict(np.asarray(tokens), 1, 1, 1, 1))) / self.threads

    def request(self, tokens: int, passages: int, threads: int) -> float:
        """Return the seconds of a request of passages of one length."""
        return float(self.cost.predict(tokens, passages, threads, 1, 1))


def probe(ranker: Ranker, loading: float, clock: Callable[[], float] = time.perf_counter) -> Speed | None:
    """Time a few requests, one passage for each thread, at up to five lengths.

    Args:
        ranker: A cross-encoder.
        loading: Seconds in which it was loaded.
        clock: Returns seconds.

    Returns:
        What was found; None if the model takes too few lengths.
    """
    room = ranker.score(QUERY, [""]).tokens[0]
    cells: list[LatencyCell] = []
    started = clock()
    for wanted in LENGTHS:
        tokens = min(wanted, ranker.max_length)
        if tokens <= room or (len(cells) >= LEAST_CELLS and clock() - started > _SECONDS):
            continue
        texts = [beginning(ranker, tokens - room, first) for first in range(ranker.threads)]
        found = ranker.score(QUERY, texts).tokens  # untimed: a session allocates on its first run of a length
        seconds: list[float] = []
        while len(seconds) < _LEAST or (sum(seconds) < _EACH and len(seconds) < _MOST):
            begun = clock()
            ranker.score(QUERY, texts)
            seconds.append(clock() - begun)
        # The mean: what else the machine does now will slow the experiment too.
        mean = sum(seconds) / len(seconds)
        cells.append(
            LatencyCell(
                "", 1, 1, max(found), ranker.threads, ranker.threads, len(seconds), mean, min(seconds), max(seconds)
            )
        )
    return Speed(fit(cells), ranker.threads, ranker.max_length, loading) if len(cells) >= LEAST_CELLS else None
