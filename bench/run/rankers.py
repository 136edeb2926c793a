"""From a reranker's row to the ranker that runs it."""

from __future__ import annotations

from typing import Any

from bench.experiment.reranker import RerankerSpec
from bench.run.availability import model_files
from flashrank import Ranker, available_cores

#: What a row says that ``Ranker`` takes as it stands there.
OPTIONS = {"revision", "file", "template", "graph", "first", "patience"}


def ranker_of(reranker: RerankerSpec, **changes: int) -> Ranker:
    """Load a model as its row says, but for ``max_length`` or ``threads`` where ``changes`` names them.

    Raises:
        BenchError: A model of random weights cannot be made.
        FlashRankError: The model cannot be used.
    """
    return Ranker(**ranker_arguments(reranker) | changes)


def ranker_arguments(reranker: RerankerSpec) -> dict[str, Any]:
    """Return what ``Ranker`` is called with, as JSON values."""
    model = reranker.model if reranker.random is None else model_files(reranker).directory
    return {
        **reranker.model_dump(include=OPTIONS, exclude_none=True),
        "model_name": str(model),
        "max_length": reranker.max_length,
        "threads": threads_of(reranker),
        # The truncation of single requests is counted in the timings; a line for each would bury the progress.
        "log_level": "ERROR",
    }


def threads_of(reranker: RerankerSpec) -> int:
    """Return the threads of a row: every core of the process where it names none."""
    return reranker.threads or available_cores()
