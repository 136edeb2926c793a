"""Comparing systems: each workload with each model, all systems alive at once and asked in turn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from rich.console import Console

from bench.common.errors import BenchError
from bench.common.terminal import say
from bench.common.words import without_folders
from bench.data.first_stages.bm25 import indexes_dir
from bench.data.length_mixes import find_mix
from bench.experiment.peers import PeersSpec, WorkloadSpec
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import Experiment
from bench.measure.fidelity import fidelity
from bench.measure.mixed_requests import mixed_requests
from bench.measure.request import Request, task_requests
from bench.measure.side_by_side import ComparisonRecord, score_in_float, take_rounds
from bench.results.folder import RunDirectory
from bench.results.journal import Journal
from bench.results.run_results import PEER_TIMINGS, PEERS
from bench.run.availability import model_files
from bench.run.float_scorer import float_scorer
from bench.run.planning import comparison_cell, load_task
from bench.run.progress import track
from bench.run.rankers import ranker_of, threads_of
from bench.systems.environments import environment, is_made
from bench.systems.processes import start, system_identity
from bench.systems.rows import System, find_system
from flashrank import ModelFiles

#: What is installed for a system that asks for nothing.
_THIS = "this checkout"


def installed_as(system: System) -> str:
    """Return what is installed for a system, such as ``flashrank==0.2.10``."""
    return ", ".join(system.requirements) or _THIS


@dataclass(frozen=True)
class SystemsHere:
    """The systems of a comparison.

    Attributes:
        all: Name -> system, in the experiment's order.
        left_out: Name -> why it cannot be run here.
    """

    all: Mapping[str, System]
    left_out: Mapping[str, str]

    @classmethod
    def of(cls, names: Sequence[str], console: Console) -> SystemsHere:
        """Make the environments of the systems that have none yet, and say which cannot be made.

        Raises:
            BenchError: The experiment names a system that is not known.
        """
        systems, left_out = {name: find_system(name) for name in names}, {}
        for name, system in systems.items():
            if not is_made(system):
                say(console, f"{name}: installing {', '.join(system.requirements)}")
            try:
                environment(system)
            except BenchError as error:
                left_out[name] = str(error)
                say(console, f"left out: {name}: {error}")
        return cls(systems, left_out)

    def narrowed(self, names: Sequence[str]) -> SystemsHere:
        """Return the systems of these names."""
        return SystemsHere(
            {name: self.all[name] for name in names},
            {name: why for name, why in self.left_out.items() if name in names},
        )

    @property
    def usable(self) -> dict[str, System]:
        """Name -> system, of those that can be run here."""
        return {name: system for name, system in self.all.items() if name not in self.left_out}


def compare_systems(experiment: Experiment, spec: PeersSpec, out: RunDirectory, console: Console) -> float:
    """Measure every workload with every model, and return the seconds that the rounds took.

    Raises:
        BenchError: The experiment names a system that is not known, or a dataset or its candidates cannot be used.
        FlashRankError: A model cannot be used.
    """
    systems = SystemsHere.of(spec.systems, console)
    tasks = {
        workload.label: _task_requests(experiment, workload, spec.narrowed(workload).requests)
        for workload in spec.workloads
        if workload.dataset
    }
    seconds = 0.0
    for reranker in experiment.models:
        workloads = experiment.workloads_of(reranker)
        ranker = ranker_of(reranker) if any(workload.mix for workload in workloads) else None
        for workload in workloads:
            asked = spec.narrowed(workload)
            if workload.mix is not None and ranker is not None:
                mix = find_mix(workload.mix)
                requests = mixed_requests(mix, asked.requests, workload.passages, ranker, spec.seed)
            else:
                requests = tasks[workload.label]
            here = systems.narrowed(asked.systems)
            seconds += _Comparison(asked, workload, reranker, requests, here, out, console).measure()
    return seconds


def _task_requests(experiment: Experiment, workload: WorkloadSpec, count: int) -> list[Request]:
    """Return ``count`` requests at most: first of the queries with most candidates, up to what is asked for."""
    dataset = experiment.dataset_of(workload)
    assert dataset is not None
    requests = task_requests(load_task(experiment, dataset, indexes_dir()), workload.passages)
    if not requests:
        raise BenchError(f"{workload.label}: no query of {dataset.name} has candidates, so there is nothing to ask")
    return sorted(requests, key=lambda request: len(request.texts), reverse=True)[:count]


@dataclass(frozen=True)
class _Comparison:
    """One workload with one model."""

    spec: PeersSpec
    workload: WorkloadSpec
    reranker: RerankerSpec
    requests: Sequence[Request]
    systems: SystemsHere
    out: RunDirectory
    console: Console

    @cached_property
    def label(self) -> str:
        return f"side by side: {self.workload.label}: {self.reranker.label}"

    def measure(self) -> float:
        """Measure what is not measured yet, and return the seconds that the rounds took now."""
        files, threads, usable = model_files(self.reranker), threads_of(self.reranker), self.systems.usable
        identities = {name: system_identity(system) for name, system in usable.items()}
        cell = comparison_cell(self.spec, self.workload, self.requests, identities, self.reranker, files, threads)
        if self.out.is_finished(cell):
            self._say("already finished")
            return 0.0
        with self.out.journal(cell) as journal:
            before = ComparisonRecord.of(journal).spent
            self._measure(files, threads, journal)
            measured = ComparisonRecord.of(journal)
        self.out.finish(cell, peers=self._systems_table(measured), peer_timings=self._timings_table(measured))
        for name, why in measured.problems.items():
            self._say(f"{self.systems.all[name].label} could not: {why}")
        self._say(f"{len(measured.rounds)} rounds of {len(usable) - len(measured.problems)} systems")
        return measured.spent - before

    def _measure(self, files: ModelFiles, threads: int, journal: Journal) -> None:
        length = self.reranker.max_length
        with float_scorer(files, length, threads) as score:
            work, label = score_in_float(score, self.requests, journal), f"{self.label}, float32"
            for _ in track(work, label=label, total=len(self.requests), unit="requests", console=self.console):
                pass
        with ExitStack() as stack:
            # All start before any is waited for.
            processes = {}
            for name, system in self.systems.usable.items():
                try:
                    processes[name] = stack.enter_context(start(system, files.directory, length, threads))
                except BenchError as error:  # this system cannot run this model
                    journal.append({"system": name, "problem": str(error)})
            rounds = take_rounds(processes, self.requests, self.spec, journal)
            for _ in track(rounds, label=self.label, total=self.spec.rounds, unit="rounds", console=self.console):
                pass

    def _systems_table(self, measured: ComparisonRecord) -> pd.DataFrame:
        rows = []
        for name, system in self.systems.all.items():
            scores = measured.scores.get(name, {})
            found = fidelity(scores, measured.logits) if scores else None
            peaks = [one.peak_bytes[name] for one in measured.rounds.values() if name in one.peak_bytes]
            rows.append(
                {
                    "system": name,
                    "label": system.label,
                    "installed": installed_as(system),
                    "left_out": without_folders(self.systems.left_out.get(name, "")),
                    "problem": without_folders(measured.problems.get(name, "")),
                    "requests": len(scores),
                    "peak_bytes": float(max(peaks, default=math.nan)),
                    "mean_difference": found.mean_difference if found else math.nan,
                    "largest_difference": found.largest_difference if found else math.nan,
                    "tau": found.tau if found else math.nan,
                }
            )
        return pd.DataFrame(rows, columns=[column for column in PEERS if column not in ("workload", "model")])

    def _timings_table(self, measured: ComparisonRecord) -> pd.DataFrame:
        rows = [
            (name, number, one.request, len(self.requests[one.request].texts), measured.tokens[one.request], seconds)
            for number, one in measured.rounds.items()
            for name, seconds in one.seconds.items()
        ]
        columns = [column for column in PEER_TIMINGS if column not in ("workload", "model", "threads")]
        return pd.DataFrame(rows, columns=columns)

    def _say(self, what: str) -> None:
        say(self.console, f"{self.label}: {what}")
