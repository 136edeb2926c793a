"""What there is: the tables of ``validate`` and ``ls``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.filesize import decimal
from rich.markup import escape
from rich.table import Column, Table

from bench.common.errors import BenchError
from bench.data.collections.collection import Availability
from bench.data.collections.opening import check_collection
from bench.experiment.file import list_experiments, load_experiment
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import Experiment
from bench.results.folder import RunDirectory
from bench.run.availability import check_model, how_to_get, survey
from flashrank import FlashRankError, ModelSpec, list_models

#: The tables of ``ls``.
LISTED = ("models", "datasets", "experiments", "runs")


def needs_table(experiment: Experiment) -> tuple[Table, bool, list[str]]:
    """Return what an experiment needs as a table, whether all of it is on disk, and a line for what cannot be had."""
    table = _table("needed", "name", "here", "download", "where", title=f"experiment {experiment.name}")
    needs = list(survey(experiment))
    for need in needs:
        where = need.availability.detail if need.availability is not None else "see below"
        # Brackets in names and requirements are no markup.
        table.add_row(need.what, escape(need.name), *_cells(need.availability), escape(where))
    complete = all(need.availability is not None and need.availability.present for need in needs)
    return table, complete, [f"{need.what} {need.name}: {need.problem}" for need in needs if need.problem]


def everything(runs: Path, only: str | None = None) -> Iterator[Table]:
    """Yield the tables of ``ls``.

    Args:
        runs: The folder of runs.
        only: One of ``LISTED``; all of them if None.
    """
    tables: dict[str, Callable[[], Table]] = {
        "models": _models,
        "datasets": _datasets,
        "experiments": _experiments,
        "runs": lambda: _runs(runs),
    }
    for what in LISTED if only is None else (only,):
        yield tables[what]()


def _models() -> Table:
    """Return what the rows say, whether each model is here, and below how the rows were verified."""
    headers = ("model", "architecture", "tokenizer", "layers x width", "languages", "licence", "here", "how to get it")
    table = _table(*headers, "verified", title="models")
    verified: dict[str, list[str]] = {}
    for spec in list_models():
        size, languages = f"{spec.layers} x {spec.hidden_size}", " ".join(spec.languages)
        about = (spec.architecture, spec.tokenizer, size, languages, spec.license or "not stated")
        how, _, by_what = spec.verified.partition(": ")
        table.add_row(spec.name, *about, "yes" if _is_here(spec) else "no", how_to_get(spec), how)
        verified.setdefault(f"{how}: {by_what}", []).append(spec.name)
    lines = [f"{', '.join(names)}: {how}." for how, names in verified.items()]
    table.caption, table.caption_justify, table.caption_style = "\n".join(lines), "left", ""
    return table


def _is_here(spec: ModelSpec) -> bool:
    try:
        return check_model(RerankerSpec(name=spec.name)).present
    except (BenchError, FlashRankError):
        return False


def _experiments() -> Table:
    table = _table("experiment", "datasets", "models", "latency grid", "systems", "what for", title="experiments")
    for path in list_experiments():
        experiment = load_experiment(path)
        counts = (str(len(experiment.datasets)), str(len(experiment.models)), "yes" if experiment.latency else "no")
        systems = str(len(experiment.systems))
        table.add_row(path.stem, *counts, systems, experiment.description.strip())
    return table


def _datasets() -> Table:
    experiments = map(load_experiment, list_experiments())
    datasets = [dataset for experiment in experiments for dataset in experiment.datasets]
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
