"""What the gate between two versions measures: jobs, and a copy of each model for each version."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.common.digest import digest_of
from bench.common.errors import BenchError
from bench.data.task import Task
from bench.experiment.gate_limits import GateSpec
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import Experiment
from bench.gate.verdict import JudgedPart
from bench.run.availability import model_files
from flashrank import default_cache_dir


@dataclass(frozen=True)
class Job:
    """One model on one dataset.

    Attributes:
        task: The dataset's queries, judgments and candidates.
        model: The reranker.
        passages: Passages per request.
        parts: What is judged.
        measure: What quality is judged by.
        comparisons: How many jobs' quality is judged together.
    """

    task: Task
    model: RerankerSpec
    passages: int
    parts: tuple[JudgedPart, ...]
    measure: str
    comparisons: int

    @property
    def subject(self) -> str:
        """What findings call it."""
        return f"{self.task.dataset}: {self.model.label}"


def plan_jobs(
    experiment: Experiment, limits: GateSpec, tasks: Sequence[Task], parts: Sequence[JudgedPart]
) -> list[Job]:
    """Return every model on every dataset, and what is only timed on the first.

    Args:
        experiment: The models and measures.
        limits: What is only timed, and the passages of the others.
        tasks: The experiment's datasets, at least one.
        parts: What is judged.
    """
    measure, comparisons = experiment.measures[0], len(tasks) * len(experiment.models)
    jobs = [
        Job(task, model, limits.passages, tuple(parts), measure, comparisons)
        for task in tasks
        for model in experiment.models
    ]
    if "speed" in parts:
        jobs += [Job(tasks[0], row, row.passages, ("speed",), measure, comparisons) for row in limits.timed]
    return jobs


def select_judged(experiment: Experiment, *, datasets: Sequence[str] = (), models: Sequence[str] = ()) -> Experiment:
    """Return an experiment narrowed to some datasets and some of the models that a gate judges or times.

    Args:
        experiment: The experiment.
        datasets: Names of the datasets to keep; all when empty.
        models: Names of models, those under ``gate: timed`` too; all when empty.

    Raises:
        BenchError: A name that is none of the experiment's.
    """
    chosen = experiment.select(datasets=datasets)
    if not models:
        return chosen
    timed = tuple(row for row in experiment.gate.timed if row.identifiers & set(models))
    only_timed = {name for row in timed for name in row.identifiers} - {
        name for row in experiment.models for name in row.identifiers
    }
    named = [name for name in models if name not in only_timed]
    return chosen.model_copy(
        update={
            "models": chosen.select(models=named).models if named else (),
            "gate": experiment.gate.model_copy(update={"timed": timed}),
        }
    )


@dataclass(frozen=True)
class ModelPlace:
    """Where a version finds a model.

    Attributes:
        model: Its name, or its directory.
        cache_dir: Where models are kept; None for the default.
    """

    model: str
    cache_dir: str | None = None


def copy_model(reranker: RerankerSpec, folder: Path) -> ModelPlace:
    """Copy a model to ``folder``, unless it comes with the package, of which every version has its own.

    What a version keeps beside a model, such as its rewritten graph, is not for another version to find.

    Args:
        reranker: The model.
        folder: The version's own; a model that is there is not copied again.

    Raises:
        BenchError: The model cannot be copied, or one of random weights cannot be made.
        FlashRankError: The model cannot be had.
    """
    source = model_files(reranker).directory.absolute()
    if reranker.name is None:
        target = folder / digest_of([str(source)])[:12] / source.name
        place = ModelPlace(str(target))
    elif source.is_relative_to(cache := default_cache_dir().absolute()):
        target = folder / source.relative_to(cache)
        place = ModelPlace(reranker.name, str(folder))
    else:
        return ModelPlace(reranker.name)
    if not target.exists():
        try:
            shutil.copytree(source, target, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns(".fast"))
            target.chmod(0o755)
        except OSError as error:
            raise BenchError(f"{reranker.label}: its files cannot be copied to {folder}: {error}") from error
    return place
