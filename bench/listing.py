"""What there is: the tables of ``validate`` and ``ls``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.filesize import decimal
from rich.table import Column, Table

from bench.availability import check_model, survey
from bench.collections import Availability, check_collection
from bench.config import Experiment
from bench.errors import BenchError
from bench.experiment_file import list_experiments, load_experiment
from bench.run_directory import RunDirectory
from bench.specs import DatasetSpec, RerankerSpec
from flashrank import list_models


def needs_table(experiment: Experiment) -> tuple[Table, bool]:
    """Return what an experiment needs as a table, and whether all of it is on disk."""
    table = _table("needed", "name", "here", "download", "where", title=f"experiment {experiment.name}")
    needs = list(survey(experiment))
    for need in needs:
        where = need.availability.detail if need.availability is not None else need.problem
        table.add_row(need.what, need.name, *_cells(need.availability), where)
    return table, all(need.availability is not None and need.availability.present for need in needs)


def everything(runs: Path) -> Iterator[Table]:
    """Yield the tables of ``ls``: models, datasets, experiments and the runs in ``runs``."""
    yield _models()
    experiments = [(path, load_experiment(path)) for path in list_experiments()]
    yield _datasets([dataset for _, experiment in experiments for dataset in experiment.datasets])
    table = _table("experiment", "datasets", "models", "latency grid", "what for", title="experiments")
    for path, experiment in experiments:
        counts = (str(len(experiment.datasets)), str(len(experiment.models)), "yes" if experiment.latency else "no")
        table.add_row(path.stem, *counts, experiment.description.strip())
    yield table
    yield _runs(runs)


def _models() -> Table:
    table = _table("model", "layers", "hidden", "languages", "licence", "here", "download", title="models")
    for spec in list_models():
        availability = check_model(RerankerSpec(name=spec.name))
        shape = (str(spec.layers), str(spec.hidden_size), " ".join(spec.languages), spec.license)
        table.add_row(spec.name, *shape, *_cells(availability))
    return table


def _datasets(datasets: list[DatasetSpec]) -> Table:
    table = _table("dataset", "here", "download", title="datasets of the experiments")
    for name, dataset in sorted({dataset.id or dataset.name: dataset for dataset in datasets}.items()):
        try:
            availability = check_collection(dataset)
        except BenchError:
            availability = None
        table.add_row(name, *_cells(availability))
    return table


def _runs(runs: Path) -> Table:
    table = _table("run", "datasets", "models", "unfinished", title=f"runs in {runs}/")
    for path in sorted(path.parent for path in runs.glob("*/experiment.json")):
        try:
            results = RunDirectory(path).load()
        except BenchError as error:
            table.add_row(path.name, "", "", str(error))
            continue
        table.add_row(path.name, str(len(results.datasets)), str(len(results.models)), str(len(results.missing)))
    return table


def _table(*headers: str, title: str) -> Table:
    """Return an empty table in which a name is never cut short: it may have to be copied."""
    return Table(
        *(Column(header, overflow="fold") for header in headers), title=title, title_justify="left", box=SIMPLE_HEAD
    )


def _cells(availability: Availability | None) -> tuple[str, str]:
    """Return whether it is here, and what a download transfers."""
    if availability is None:
        return "cannot be had", ""
    if availability.present:
        return "yes", ""
    size = availability.download_bytes
    return "no", "unknown size" if size is None else decimal(size)
