"""Which models of an experiment rank passages together, and what of an experiment does not go with them."""

from __future__ import annotations

from collections.abc import Iterator

from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import Experiment
from flashrank import FlashRankError, find_model, locate_model

#: A listwise model's weights are a file of this kind (``flashrank.locate_model``).
WEIGHTS = ".gguf"


def refusals(experiment: Experiment) -> Iterator[tuple[int, str]]:
    """Yield ``(index in models, reason)`` of every model that a sweep, a latency grid or a comparison would get wrong.

    A sweep assumes that a candidate's score does not depend on the others. A latency grid makes pairs of exact token
    counts. Neither fits a model that reads passages together, and no other system runs one.
    """
    keys = [key for key in ("sweep", "latency", "peers", "cold_start") if getattr(experiment, key) is not None]
    for place, row in enumerate(experiment.models):
        if keys and is_listwise(row):
            asked = " and ".join(f"`{key}`" for key in keys)
            yield (
                place,
                f"{row.label} ranks passages together, so {asked} cannot measure it; leave out {asked}, or give the "
                "model to an experiment of `datasets` alone, which measures its quality and the seconds of every "
                "query, at another depth with `candidates: {depth: N}`",
            )


def is_listwise(row: RerankerSpec) -> bool:
    """Tell whether a row is a listwise model, as far as its name or its directory says so; nothing is fetched."""
    if row.random is not None or row.from_hub:
        return False
    spec = find_model(row.name) if row.name is not None else None
    if spec is not None:
        return spec.kind == "listwise"
    try:
        files = locate_model(row.model, file=row.file)
    except FlashRankError:
        return False  # what is wrong with it is told where it is looked for
    return files is not None and files.weights.suffix == WEIGHTS
