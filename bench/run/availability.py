"""Whether everything an experiment needs is here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.filesize import decimal

from bench.common.errors import BenchError
from bench.common.hub import hub_is_off, hub_url
from bench.common.reach import origin_of
from bench.data.collections.collection import Availability
from bench.data.collections.opening import check_collection
from bench.data.first_stages.candidates import check_candidates
from bench.experiment.random_shape import RANDOM_WEIGHTS
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import Experiment
from bench.measure.latency import thread_counts
from bench.random_models.store import directory_of, is_written, random_model, require_onnx
from bench.systems.environments import is_made
from bench.systems.rows import find_system
from flashrank import (
    FlashRankError,
    ModelFiles,
    ModelSpec,
    available_cores,
    default_cache_dir,
    find_model,
    locate_model,
    resolve_model,
)


@dataclass(frozen=True)
class Need:
    """One thing an experiment needs.

    Attributes:
        what: ``dataset``, ``candidates``, ``system`` or ``model``; ``cores`` where the machine has too few.
        name: Its label in the experiment.
        availability: Whether it is on disk, and what a download would transfer. None if it cannot be had.
        problem: Why it cannot be had; empty otherwise.
    """

    what: str
    name: str
    availability: Availability | None
    problem: str = ""


def survey(experiment: Experiment) -> Iterator[Need]:
    """Yield everything the experiment needs, without downloading or computing anything."""
    for dataset in experiment.planned().datasets:
        spec = experiment.candidates_of(dataset)
        yield need_of("dataset", dataset.name, partial(check_collection, dataset))
        check = partial(check_candidates, spec, dataset, experiment.queries_of(dataset))
        yield need_of("candidates", f"{dataset.name}: {spec.source}", check)
    peers = experiment.planned().peers
    for workload in peers.workloads if peers is not None else ():
        if (row := experiment.dataset_of(workload)) is not None:
            yield need_of("dataset", row.name, partial(check_collection, row))
            check = partial(check_candidates, experiment.candidates_of(row), row, experiment.queries_of(row))
            yield need_of("candidates", f"{row.name}: {experiment.candidates_of(row).source}", check)
    for name in experiment.planned().systems:
        yield need_of("system", name, partial(check_system, name))
    for reranker in experiment.models:
        yield need_of("model", reranker.label, partial(check_model, reranker))
    if (grid := experiment.planned().latency) is not None:
        try:
            thread_counts(grid, own=1, cores=available_cores())
        except BenchError as error:
            yield Need("cores", "latency", None, str(error))


def need_of(what: str, name: str, check: Callable[[], Availability]) -> Need:
    """Return a need, of which ``check`` tells whether it is here; if that fails, it cannot be had."""
    try:
        return Need(what, name, check())
    except (BenchError, FlashRankError) as error:
        return Need(what, name, None, str(error))


def check_system(name: str) -> Availability:
    """Tell whether a system is installed.

    Raises:
        BenchError: No system has this name.
    """
    system = find_system(name)
    if is_made(system):
        return Availability(present=True, download_bytes=0, detail=", ".join(system.requirements) or "this checkout")
    detail = f"would be installed into an environment of its own: {', '.join(system.requirements)}"
    return Availability(present=False, download_bytes=None, detail=detail)


def check_model(reranker: RerankerSpec) -> Availability:
    """Tell whether a model, and the one that scores before it, is on disk, and what a download would transfer.

    Raises:
        BenchError: It has to be made by a command, which the error names.
        FlashRankError: There is no such model.
    """
    own = _check_one(reranker)
    if (first := reranker.first_model) is None:
        return own
    before = _check_one(first)
    sizes = own.download_bytes, before.download_bytes
    return Availability(
        present=own.present and before.present,
        download_bytes=None if None in sizes else sum(size or 0 for size in sizes),
        detail=f"{own.detail}; {first.label} before it: {before.detail}",
        origins=tuple(dict.fromkeys((*own.origins, *before.origins))),
    )


def _check_one(reranker: RerankerSpec) -> Availability:
    if reranker.random is not None:
        directory = directory_of(reranker.random)
        if not is_written(directory):
            require_onnx()
        return Availability(present=True, download_bytes=0, detail=f"random weights, made on first use: {directory}")
    files = locate_model(reranker.model, **_pinned(reranker))
    if files is not None:
        return Availability(present=True, download_bytes=0, detail=str(files.directory))
    spec, missing = find_model(str(reranker.model)), f"not in {default_cache_dir()}"
    otherwise = f"; if it cannot be had, {RANDOM_WEIGHTS[1:-1]} stand in for it" if reranker.or_random else ""
    if spec is not None and spec.export and not otherwise:
        raise BenchError(f"{missing}, and not hosted; make it with: {spec.export}")
    size = spec.archive_bytes or None if spec is not None else None
    detail = f"{missing}; would be fetched from the model hub{otherwise}"
    origins = () if hub_is_off() else (origin_of(hub_url()),)
    return Availability(present=False, download_bytes=size, detail=detail, origins=origins)


def model_files(reranker: RerankerSpec) -> ModelFiles:
    """Return a model's files; those not on disk are fetched, or made where the weights are random.

    Raises:
        BenchError: A model of random weights cannot be made.
        FlashRankError: The model cannot be had.
    """
    if reranker.random is not None:
        return resolve_model(random_model(reranker.random))
    return resolve_model(reranker.model, **_pinned(reranker))


def _pinned(reranker: RerankerSpec) -> dict[str, Any]:
    """Return the options that say which of several files are meant."""
    return {"revision": reranker.revision, "file": reranker.file}


def how_to_get(spec: ModelSpec) -> str:
    """Return how a model of the list comes to be on disk."""
    if spec.export:
        return spec.export
    if spec.bundled:
        return "built in"
    return f"download, {decimal(spec.archive_bytes) if spec.archive_bytes else 'of unknown size'}"
