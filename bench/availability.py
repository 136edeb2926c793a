"""Whether everything an experiment needs is here, and getting what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from bench.candidates import check_candidates
from bench.collections import Availability, check_collection, open_collection
from bench.config import Experiment
from bench.errors import BenchError
from bench.specs import DatasetSpec, RerankerSpec
from flashrank import FlashRankError
from flashrank.models import find_model
from flashrank.store import default_cache_dir, locate_model, resolve_model


@dataclass(frozen=True)
class Need:
    """One thing an experiment needs.

    Attributes:
        what: ``dataset``, ``candidates`` or ``model``.
        name: Its label in the experiment.
        availability: Whether it is on disk and what a download would transfer; None when it can never be had.
        problem: Why it can never be had; empty otherwise.
    """

    what: str
    name: str
    availability: Availability | None
    problem: str = ""


def survey(experiment: Experiment) -> Iterator[Need]:
    """Yield everything the experiment needs, without downloading or computing anything."""
    for dataset in experiment.datasets:
        spec = experiment.candidates_of(dataset)
        yield _need("dataset", dataset.name, partial(check_collection, dataset))
        yield _need("candidates", f"{dataset.name}: {spec.source}", partial(check_candidates, spec, dataset))
    for reranker in experiment.models:
        yield _need("model", reranker.label, partial(check_model, reranker))


def _need(what: str, name: str, check: Callable[[], Availability]) -> Need:
    try:
        return Need(what, name, check())
    except (BenchError, FlashRankError) as error:
        return Need(what, name, None, str(error))


def check_model(reranker: RerankerSpec) -> Availability:
    """Tell whether a model is on disk, and what a download would transfer."""
    files = locate_model(reranker.model)
    if files is not None:
        return Availability(present=True, download_bytes=0, detail=str(files.directory))
    spec = find_model(str(reranker.model))
    size = spec.archive_bytes if spec is not None else None
    detail = f"not in {default_cache_dir()}; would be fetched from the model hub"
    return Availability(present=False, download_bytes=size, detail=detail)


def fetch(experiment: Experiment, *, skip_unavailable: bool = False) -> tuple[Experiment, list[str]]:
    """Fetch what is missing, before any work starts.

    Args:
        experiment: What is about to run.
        skip_unavailable: Leave out what cannot be had, instead of stopping.

    Returns:
        The experiment without what was left out, and one line for each such thing.

    Raises:
        BenchError: Something cannot be had: the whole list, a line each, and why.
    """
    problems = []
    datasets: list[DatasetSpec] = []
    models: list[RerankerSpec] = []
    for dataset in experiment.datasets:
        try:
            _fetch_dataset(experiment, dataset)
            datasets.append(dataset)
        except BenchError as error:
            problems.append(f"dataset {dataset.name}: {error}")
    for reranker in experiment.models:
        try:
            resolve_model(reranker.model)
            models.append(reranker)
        except FlashRankError as error:
            problems.append(f"model {reranker.label}: {error}")
    if problems and not skip_unavailable:
        raise BenchError(
            "\n".join(
                [
                    f"{len(problems)} of the things this experiment needs cannot be had, so nothing was run:",
                    *(f"  {problem}" for problem in problems),
                    "To run what is there, add --skip-unavailable.",
                ]
            )
        )
    if not datasets and not (experiment.latency and models):
        raise BenchError("\n".join(["nothing of this experiment can be had:", *(f"  {line}" for line in problems)]))
    return experiment.model_copy(update={"datasets": tuple(datasets), "models": tuple(models)}), problems


def _fetch_dataset(experiment: Experiment, dataset: DatasetSpec) -> None:
    collection = open_collection(dataset)
    collection.queries()
    collection.qrels()
    if next(iter(collection.documents()), None) is None:
        raise BenchError("the collection is empty")
    if experiment.candidates_of(dataset).source == "scoreddocs":
        next(iter(collection.scored_documents()))
    check_candidates(experiment.candidates_of(dataset), dataset)
