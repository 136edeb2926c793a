"""Getting what an experiment needs and does not have, before any work starts."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bench.common.errors import BenchError
from bench.common.hub import hub_is_off
from bench.common.reach import unreachable
from bench.data.collections.collection import Availability
from bench.data.collections.judgments import absences
from bench.data.collections.opening import check_collection, open_collection
from bench.data.dataset_spec import DatasetSpec
from bench.data.first_stages.candidates import check_candidates, check_fit, retrieve
from bench.data.relevance import relevant_from_of
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import PARTS, Experiment
from bench.run.availability import check_model, model_files
from flashrank import FlashRankError

_OFF = "downloads from the model hub are off (HF_HUB_OFFLINE)"


@dataclass(frozen=True)
class _Thing:
    """A dataset with its candidates, or a model.

    Attributes:
        what: ``dataset`` or ``model``.
        name: Its label in the experiment.
        get: Fetches what is not here.
        availability: Whether it is here; None when it can never be had.
        why: Why it can never be had; empty otherwise.
    """

    what: str
    name: str
    get: Callable[[], object]
    availability: Availability | None
    why: str = ""


@dataclass(frozen=True)
class _Problem:
    """A thing that cannot be had.

    Attributes:
        thing: The thing.
        why: What keeps it away, in full.
        cause: What keeps others away in the same way; empty where nothing is known to.
    """

    thing: _Thing
    why: str
    cause: str = ""


def with_stand_ins(experiment: Experiment) -> Experiment:
    """Return the experiment with models of random weights where one that may be replaced by them cannot be had."""
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
        BenchError: Something cannot be had: a line for each cause, and what would run now.
    """
    datasets = {_dataset_of(experiment, dataset): dataset for dataset in experiment.planned().datasets}
    models = {_model_of(reranker): reranker for reranker in experiment.models}
    problems = list(_problems([*datasets, *models]))
    away = {problem.thing for problem in problems}
    available = experiment.model_copy(
        update={
            "datasets": tuple(dataset for thing, dataset in datasets.items() if thing not in away),
            "models": tuple(reranker for thing, reranker in models.items() if thing not in away),
        }
    )
    lines, runs = list(_by_cause(problems)), bool(_narrowed(available))
    if problems and not (skip_unavailable and runs):
        first = f"{len(problems)} of the things this experiment needs cannot be had, so nothing was run:"
        if skip_unavailable:
            first = "nothing of this experiment can be had:"
        words = command or ("python", "-m", "bench", "run", experiment.name)
        raise BenchError("\n".join([first, *(f"  {line}" for line in lines), *_what_works(available, words)]))
    return available, lines


def _dataset_of(experiment: Experiment, dataset: DatasetSpec) -> _Thing:
    def check() -> Availability:
        collection = check_collection(dataset)
        candidates = check_candidates(experiment.candidates_of(dataset), dataset, experiment.queries_of(dataset))
        return replace(collection, origins=(*collection.origins, *candidates.origins))

    return _thing("dataset", dataset.name, partial(_fetch_dataset, experiment, dataset), check)


def _model_of(reranker: RerankerSpec) -> _Thing:
    return _thing("model", reranker.label, partial(model_files, reranker), partial(check_model, reranker))


def _thing(what: str, name: str, get: Callable[[], object], check: Callable[[], Availability]) -> _Thing:
    try:
        return _Thing(what, name, get, check())
    except (BenchError, FlashRankError) as error:
        return _Thing(what, name, get, None, str(error))


def _problems(things: Sequence[_Thing]) -> Iterator[_Problem]:
    """Fetch the things and yield those that cannot be had; what cannot be reached is not tried again and again."""
    origins = {origin for thing in things if thing.availability for origin in thing.availability.origins}
    silent = unreachable(origins)
    offline = bool(origins) and len(silent) == len(origins)
    # While some place answers there is a network, and a mirror may have what another place does not give.
    given_up = set(silent) if offline else set[str]()
    cause = f"{'no network' if offline else 'cannot be reached'} ({_places(silent)})"
    for thing in things:
        if thing.availability is None:
            yield _Problem(thing, thing.why)
            continue
        wanted = set(thing.availability.origins)
        if wanted & given_up:
            yield _Problem(thing, f"{thing.availability.detail}; {cause}", cause)
            continue
        try:
            thing.get()
        except (BenchError, FlashRankError) as error:
            given_up |= wanted & set(silent)
            off = _OFF if thing.what == "model" and not thing.availability.present and hub_is_off() else ""
            yield _Problem(thing, str(error), cause if wanted & set(silent) else off)


def _places(silent: Mapping[str, str]) -> str:
    """Return ``A, B: why``."""
    reasons: dict[str, list[str]] = {}
    for origin, why in silent.items():
        reasons.setdefault(why, []).append(origin)
    return "; ".join(f"{', '.join(origins)}: {why}" for why, origins in reasons.items())


def _by_cause(problems: Sequence[_Problem]) -> Iterator[str]:
    """Yield a line for each thing with a cause of its own, and one for each cause that several share."""
    groups: dict[str, list[_Problem]] = {}
    for number, problem in enumerate(problems):
        groups.setdefault(problem.cause or str(number), []).append(problem)
    for group in groups.values():
        if len(group) == 1:
            yield f"{group[0].thing.what} {group[0].thing.name}: {group[0].why}"
        else:
            yield f"{group[0].cause}: {_named((p.thing.what, p.thing.name) for p in group)}"


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
        if not (available.planned().latency and available.models):
            return []
        only = ("latency",)
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
    qrels, queries = collection.qrels(), experiment.queries_of(dataset).of(collection.queries())
    if next(iter(collection.documents()), None) is None:
        raise BenchError("the collection is empty")
    relevant_from = relevant_from_of(dataset, qrels, experiment.measures)
    absences(collection, qrels, queries, relevant_from)
    if spec.source != "bm25":
        candidates = retrieve(collection, spec, queries, exclude_self=dataset.exclude_self, cache_dir=Path())
        check_fit(candidates, collection)
