"""An experiment put together again from parts of it that were run apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.common.errors import BenchError
from bench.common.strict import Strict
from bench.data.dataset_spec import DatasetSpec
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import PARTS, Experiment

#: What parts of an experiment may differ in: their rows, and where files lie, which may be on different machines. What
#: the files hold is in the hashes of the cells.
_PLACES: Any = {"path": True, "candidates": {"file"}}
_MAY_DIFFER: Any = {
    **_PLACES,
    "datasets": True,
    "models": True,
    "parts": True,
    "peers": {"workloads": {"__all__": {"dataset": _PLACES}}},
}


def union(experiments: Mapping[str, Experiment], whole: Experiment | None = None) -> Experiment:
    """Return the experiment that has the datasets, models and parts of all of these.

    Args:
        experiments: What to call each in errors -> the experiment; at least one.
        whole: The experiment that they are parts of. It is what is returned. If None, rows stand in the order in which
            they first come.

    Raises:
        BenchError: Two differ in something else, two rows of one name differ, or ``whole`` lacks a row.
    """
    given = {f"the experiment {whole.name}": whole, **experiments} if whole is not None else dict(experiments)
    first, base = next(iter(given.items()))
    datasets: dict[str, tuple[str, DatasetSpec]] = {}
    models: dict[str, tuple[str, RerankerSpec]] = {}
    for name, experiment in given.items():
        if differing := _differing(base, experiment):
            raise BenchError(f"{name}: another experiment than {first}: they differ in {', '.join(differing)}")
        for dataset in experiment.datasets:
            where, known = datasets.setdefault(dataset.name, (name, dataset))
            if differing := _differing(known, dataset):
                raise BenchError(_other_row(name, "dataset", dataset.name, where, differing))
        for model in experiment.models:
            where, row = models.setdefault(model.label, (name, model))
            if differing := _differing(row, model):
                raise BenchError(_other_row(name, "model", model.label, where, differing))
    if whole is None:
        parts = {part for experiment in experiments.values() for part in experiment.parts}
        rows = {
            "datasets": tuple(dataset for _, dataset in datasets.values()),
            "models": tuple(model for _, model in models.values()),
            "parts": tuple(part for part in PARTS if part in parts),
        }
        return base.model_copy(update=rows)
    for label, (name, _) in (datasets | models).items():
        if name != first:
            raise BenchError(f"{name}: measured {label}, which {first} does not have")
    return whole


def _differing(one: Strict, other: Strict) -> list[str]:
    """Return the keys in which two experiments, or two rows of them, differ and must not."""
    first, second = (value.model_dump(mode="json", exclude=_MAY_DIFFER) for value in (one, other))
    return [key for key in first if first[key] != second[key]]


def _other_row(name: str, what: str, label: str, where: str, differing: list[str]) -> str:
    return f"{name}: its {what} {label} is another than in {where}: they differ in {', '.join(differing)}"
