"""A side whose scoring takes longer: ``slowed_worker.py 0.15`` adds 15 % to the time of every ``Ranker.score``.

What is added is work, as much as the passages at hand cost, and not a pause of a fixed length.
"""

from __future__ import annotations

import runpy
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import flashrank
from flashrank import Scores

_score = flashrank.Ranker.score
_slowdown = float(sys.argv[1])


def _slowed(self: flashrank.Ranker, query: str, texts: Iterable[str]) -> Scores:
    started = time.perf_counter()
    scores = _score(self, query, texts)
    until = started + (1 + _slowdown) * (time.perf_counter() - started)
    while time.perf_counter() < until:
        pass
    return scores


flashrank.Ranker.score = _slowed  # type: ignore[method-assign]
runpy.run_path(str(Path(__file__).parents[2] / "measure" / "worker.py"), run_name="__main__")
