"""Cold starts: every system started anew, again and again, with each model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import pandas as pd
from rich.console import Console

from bench.common.errors import BenchError
from bench.common.terminal import say
from bench.common.words import without_folders
from bench.data.length_mixes import find_mix
from bench.experiment.cold_start import ColdStartSpec
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import Experiment
from bench.measure.mixed_requests import mixed_requests
from bench.measure.request import Request
from bench.results.folder import RunDirectory
from bench.results.journal import Journal
from bench.results.run_results import COLD_STARTS
from bench.run.availability import model_files
from bench.run.planning import cold_start_cell
from bench.run.progress import track
from bench.run.rankers import ranker_of
from bench.run.side_by_side import SystemsHere, installed_as
from bench.systems.cold_start import ColdStart, ColdStartRecord, Start, take_cold_starts
from bench.systems.processes import prepare, system_identity


def measure_cold_starts(experiment: Experiment, spec: ColdStartSpec, out: RunDirectory, console: Console) -> float:
    """Measure the systems' cold starts with every model, and return the seconds that they took.

    Raises:
        BenchError: The experiment names a system that is not known.
        FlashRankError: A model cannot be used.
    """
    systems = SystemsHere.of(spec.systems, console)
    return sum(_measure_model(spec, reranker, systems, out, console) for reranker in experiment.models)


def _measure_model(
    spec: ColdStartSpec, reranker: RerankerSpec, systems: SystemsHere, out: RunDirectory, console: Console
) -> float:
    label, files = f"cold start: {reranker.label}", model_files(reranker)
    ranker, mix = ranker_of(reranker), find_mix(spec.mix)
    requests = {passages: mixed_requests(mix, 1, passages, ranker, spec.seed)[0] for passages in spec.passages}
    del ranker  # its threads and memory are not part of what is measured
    identities = {name: system_identity(system) for name, system in systems.usable.items()}
    cell = cold_start_cell(spec, tuple(requests.values()), identities, reranker, files)
    if out.is_finished(cell):
        say(console, f"{label}: already finished")
        return 0.0
    with out.journal(cell) as journal:
        before = _seconds(ColdStartRecord.of(journal))
        starts: dict[tuple[str, int], Start] = {}
        for name, system in systems.usable.items():
            try:
                for threads in spec.threads:
                    starts[name, threads] = prepare(system, files.directory, reranker.max_length, threads).start
            except BenchError as error:  # this system cannot run this model
                journal.append({"system": name, "problem": str(error)})
        _take(starts, requests, spec, journal, label, console)
        measured = ColdStartRecord.of(journal)
    out.finish(cell, cold_starts=_table(spec, systems, measured))
    for name, why in measured.problems.items():
        say(console, f"{label}: {systems.all[name].label} could not: {why}")
    say(console, f"{label}: {len(measured.starts)} processes")
    return _seconds(measured) - before


def _take(
    starts: Mapping[tuple[str, int], Start],
    requests: Mapping[int, Request],
    spec: ColdStartSpec,
    journal: Journal,
    label: str,
    console: Console,
) -> None:
    rounds = take_cold_starts(starts, requests, spec, journal)
    for _ in track(rounds, label=label, total=spec.rounds, unit="rounds", console=console):
        pass


def _seconds(measured: ColdStartRecord) -> float:
    return sum(one.cold_seconds for one in measured.starts)


def _table(spec: ColdStartSpec, systems: SystemsHere, measured: ColdStartRecord) -> pd.DataFrame:
    """Return a row for each process, and one for each system of which there is none."""
    rows = []
    for name, system in systems.all.items():
        about = {
            "label": system.label,
            "installed": installed_as(system),
            "left_out": without_folders(systems.left_out.get(name, "")),
            "problem": without_folders(measured.problems.get(name, "")),
        }
        found = [asdict(one) for one in measured.starts if one.system == name and name not in measured.problems]
        nothing = asdict(ColdStart(name, spec.threads[0], spec.passages[0], 0, float("nan"), float("nan"), 0))
        rows += [{**about, **one} for one in found or [nothing]]
    return pd.DataFrame(rows, columns=[column for column in COLD_STARTS if column != "model"])
