"""A worker whose scoring takes longer: ``slowed_worker.py 0.15`` adds 15 % to the time of every ``Ranker.score``.

What is added is work, and as much as the passages at hand cost: no pause of a fixed length.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from bench.measure.worker import load_ranker, serve

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def slowed(
    function: Callable[Arguments, Result], slowdown: float, clock: Callable[[], float] = time.perf_counter
) -> Callable[Arguments, Result]:
    """Return ``function``, followed by work that takes ``slowdown`` times as long as the call did.

    Args:
        function: What is slowed down.
        slowdown: Share of the call's own time that is added.
        clock: Returns seconds.
    """

    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        started = clock()
        result = function(*args, **kwargs)
        until = started + (1 + slowdown) * (clock() - started)
        while clock() < until:
            pass
        return result

    return call


if __name__ == "__main__":
    import flashrank

    flashrank.Ranker.score = slowed(flashrank.Ranker.score, float(sys.argv[1]))  # type: ignore[method-assign]
    serve(load_ranker)
