"""Fetching what an experiment needs and what is not here, before any work starts."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bench.common.errors import BenchError
from bench.common.hub import hub_is_off
from bench.common.reach import unreachable
from bench.data.collections.collection import Availability
from bench.data.collections.judgments import absences
from bench.data.collections.opening import check_collection, open_collection
from bench.data.dataset_spec import DatasetSpec
from bench.data.first_stages.candidates import check_candidates, check_fit, retrieve
from bench.data.relevance import relevant_from_of
from bench.experiment.peers import PeersSpec, WorkloadSpec
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import PARTS, Experiment, Part
from bench.run.availability import Need, check_model, model_files, need_of
from bench.systems.rows import find_system
from flashrank import FlashRankError

_OFF = "downloads from the model hub are off (HF_HUB_OFFLINE)"


@dataclass(frozen=True)
class _Fetchable:
    """A dataset with its candidates, or a model.

    Attributes:
        need: What it is, and whether it is here.
        get: Fetches what is not here.
    """

    need: Need
    get: Callable[[], object]


@dataclass(frozen=True)
class _Failure:
    """Something that cannot be had.

    Attributes:
        need: What it is.
        why: Why it cannot be had, in full.
        cause: Why others cannot be had either; empty where none is known to share the cause.
    """

    need: Need
    why: str
    cause: str = ""


def with_stand_ins(experiment: Experiment) -> Experiment:
    """Return the experiment, with random weights for the models that cannot be had and that say ``or_random``."""
    return experiment.model_copy(update={"models": tuple(map(_or_stand_in, experiment.models))})


def _or_stand_in(reranker: RerankerSpec) -> RerankerSpec:
    if reranker.or_random:
        try:
            if unreachable(check_model(reranker).origins):
                return reranker.stand_in
            model_files(reranker)
        except FlashRankError:
            return reranker.stand_in
    return reranker


def fetch(
    experiment: Experiment, *, skip_unavailable: bool = False, command: Sequence[str] = ()
) -> tuple[Experiment, list[str]]:
    """Fetch what is missing, before any work starts.

    Args:
        experiment: What is about to run.
        skip_unavailable: Leave out what cannot be had, instead of stopping.
        command: The words that run the experiment, without those that narrow it to datasets, models and parts.

    Returns:
        The experiment without what was left out, and one line for each cause of that.

    Raises:
        BenchError: Something cannot be had: a line for each cause, and what would run now. Or the experiment names a
            system that is not known.
    """
    peers = experiment.planned().peers
    for name in experiment.planned().systems:
        find_system(name)
    datasets = {_dataset_of(experiment, dataset): dataset for dataset in experiment.planned().datasets}
    asked = {
        _dataset_of(experiment, dataset): workload
        for workload in (peers.workloads if peers is not None else ())
        if (dataset := experiment.dataset_of(workload)) is not None
    }
    models = {_model_of(reranker): reranker for reranker in experiment.models}
    failures = list(_failures([*datasets, *asked, *models]))
    away = {failure.need for failure in failures}
    available = experiment.model_copy(
        update={
            "datasets": tuple(dataset for wanted, dataset in datasets.items() if wanted.need not in away),
            "models": tuple(reranker for wanted, reranker in models.items() if wanted.need not in away),
            "peers": _without(peers, [workload for wanted, workload in asked.items() if wanted.need in away]),
        }
    )
    lines, runs = list(_by_cause(failures)), bool(_narrowed(available))
    if failures and not (skip_unavailable and runs):
        first = f"{len(failures)} of the things this experiment needs cannot be had, so nothing was run:"
        if skip_unavailable:
            first = "nothing of this experiment can be had:"
        words = command or ("python", "-m", "bench", "run", experiment.name)
        raise BenchError("\n".join([first, *(f"  {line}" for line in lines), *_what_works(available, words)]))
    return available, lines


def _without(peers: PeersSpec | None, away: Sequence[WorkloadSpec]) -> PeersSpec | None:
    """Return what is compared without some workloads; None where no other is left."""
    left = tuple(workload for workload in peers.workloads if workload not in away) if peers is not None else ()
    return peers.model_copy(update={"workloads": left}) if peers is not None and left else None


def _dataset_of(experiment: Experiment, dataset: DatasetSpec) -> _Fetchable:
    def check() -> Availability:
        collection = check_collection(dataset)
        candidates = check_candidates(experiment.candidates_of(dataset), dataset, experiment.queries_of(dataset))
        return replace(collection, origins=(*collection.origins, *candidates.origins))

    return _Fetchable(need_of("dataset", dataset.name, check), partial(_fetch_dataset, experiment, dataset))


def _model_of(reranker: RerankerSpec) -> _Fetchable:
    def fetch_models() -> None:
        for row in (reranker, reranker.first_model):
            if row is not None:
                model_files(row)

    return _Fetchable(need_of("model", reranker.label, partial(check_model, reranker)), fetch_models)


def _failures(wanted: Sequence[_Fetchable]) -> Iterator[_Failure]:
    """Fetch what is wanted and yield what cannot be had; a place that does not answer is not tried again and again."""
    origins = {origin for one in wanted if one.need.availability for origin in one.need.availability.origins}
    silent = unreachable(origins)
    offline = bool(origins) and len(silent) == len(origins)
    # While some place answers there is a network, and a mirror may have what another place does not give.
    given_up = set(silent) if offline else set[str]()
    cause = f"{'no network' if offline else 'cannot be reached'} ({_places(silent)})"
    for one in wanted:
        need, availability = one.need, one.need.availability
        if availability is None:
            yield _Failure(need, need.problem)
            continue
        places = set(availability.origins)
        if places & given_up:
            yield _Failure(need, f"{availability.detail}; {cause}", cause)
            continue
        try:
            one.get()
        except (BenchError, FlashRankError) as error:
            given_up |= places & set(silent)
            off = _OFF if need.what == "model" and not availability.present and hub_is_off() else ""
            yield _Failure(need, str(error), cause if places & set(silent) else off)


def _places(silent: Mapping[str, str]) -> str:
    """Return ``A, B: why``."""
    reasons: dict[str, list[str]] = {}
    for origin, why in silent.items():
        reasons.setdefault(why, []).append(origin)
    return "; ".join(f"{', '.join(origins)}: {why}" for why, origins in reasons.items())


def _by_cause(failures: Sequence[_Failure]) -> Iterator[str]:
    """Yield a line for each cause: with the reason in full where only one thing has it."""
    groups: dict[str, list[_Failure]] = {}
    for number, failure in enumerate(failures):
        groups.setdefault(failure.cause or str(number), []).append(failure)
    for group in groups.values():
        if len(group) == 1:
            yield f"{group[0].need.what} {group[0].need.name}: {group[0].why}"
        else:
            yield f"{group[0].cause}: {_named((failure.need.what, failure.need.name) for failure in group)}"


def _named(things: Iterable[tuple[str, str]]) -> str:
    """Return ``datasets A, B; model C``."""
    kinds: dict[str, list[str]] = {}
    for what, name in things:
        kinds.setdefault(what, []).append(name)
    return "; ".join(f"{what}{'s' if len(names) > 1 else ''} {', '.join(names)}" for what, names in kinds.items())


def _narrowed(available: Experiment) -> list[str]:
    """Return the options that narrow an experiment to what can be had of it; empty if that is nothing."""
    only = available.parts if available.parts != PARTS else ()
    if not available.planned().datasets:
        planned = available.planned()
        timed: dict[Part, Any] = {
            "latency": planned.latency,
            "peers": planned.peers,
            "cold_start": planned.cold_start,
        }
        only = tuple(part for part, spec in timed.items() if spec is not None)
        if not (only and available.models):
            return []
    words = [word for dataset in available.planned().datasets for word in ("--datasets", dataset.name)]
    words += [word for reranker in available.models for word in ("--models", reranker.label)]
    words += ["--only", ",".join(only)] if only else []
    return words if available.models else [*words, "--skip-unavailable"]


def _what_works(available: Experiment, words: Sequence[str]) -> Iterator[str]:
    here = [("dataset", dataset.name) for dataset in available.planned().datasets]
    here += [("model", reranker.label) for reranker in available.models]
    yield f"Here: {_named(here) or 'nothing of it'}. This runs now:"
    if options := _narrowed(available):
        yield f"  {shlex.join([*words, *options])}"
    yield "  python -m bench run quickstart"


def _fetch_dataset(experiment: Experiment, dataset: DatasetSpec) -> None:
    collection, spec = open_collection(dataset), experiment.candidates_of(dataset)
    qrels, queries = collection.qrels(), experiment.queries_of(dataset).select(collection.queries())
    if next(iter(collection.documents()), None) is None:
        raise BenchError("the collection is empty")
    relevant_from = relevant_from_of(dataset, qrels, experiment.measures)
    absences(collection, qrels, queries, relevant_from)
    if spec.source != "bm25":
        candidates = retrieve(collection, spec, queries, exclude_self=dataset.exclude_self, cache_dir=Path())
        check_fit(candidates, collection)
