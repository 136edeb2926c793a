"""Running an experiment: cell by cell, each measured once and kept."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TypeVar

import pandas as pd
from rich.console import Console

from bench.common.terminal import say
from bench.data.first_stages.bm25 import indexes_dir
from bench.data.task import Task
from bench.experiment.grids import LatencySpec, SweepSpec
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import Experiment
from bench.measure.footprint import measure_footprint
from bench.measure.latency import LatencySetting, latency_table, measure_latency, request_of, settings, thread_counts
from bench.measure.quality import Reranked, measure, rerank_queries, reranked_run, shown, timings
from bench.measure.sweep.scoring import score_points, shorten
from bench.measure.sweep.sweep import (
    shorter_lengths,
    sweep_points,
    sweep_quality,
    sweep_timings,
    time_sweep,
    timed_queries,
)
from bench.results.folder import RunDirectory
from bench.results.journal import Journal
from bench.results.run_results import JUDGED
from bench.run.availability import model_files
from bench.run.cold_start import measure_cold_starts
from bench.run.planning import first_stage_cell, latency_cell, load_task, quality_cell
from bench.run.progress import track
from bench.run.rankers import ranker_arguments, ranker_of, threads_of
from bench.run.side_by_side import compare_systems
from flashrank import Ranker, available_cores

Item = TypeVar("Item")


@dataclass
class Clock:
    """Where the time of a run went.

    Attributes:
        reranking: Seconds spent inside the ranker.
        beside: Seconds spent on everything else: collections, candidates, models, journals, measures.
    """

    reranking: float = 0.0
    beside: float = 0.0


def run_experiment(experiment: Experiment, out: RunDirectory, console: Console) -> Clock:
    """Measure every cell of ``experiment`` that does not lie in ``out`` yet.

    Raises:
        BenchError: A dataset, its candidates or a folder cannot be used.
        FlashRankError: A model cannot be used.
    """
    started = time.perf_counter()
    clock = _Execution(experiment, out, console).run()
    clock.beside = time.perf_counter() - started - clock.reranking
    return clock


@dataclass(frozen=True)
class _Execution:
    """One run of an experiment.

    Attributes:
        experiment: The experiment.
        out: Where its cells lie.
        console: Where progress is shown.
        clock: What has been timed so far.
    """

    experiment: Experiment
    out: RunDirectory
    console: Console
    clock: Clock = field(default_factory=Clock)

    @cached_property
    def planned(self) -> Experiment:
        """The experiment without what its parts leave out."""
        return self.experiment.planned()

    def run(self) -> Clock:
        grid = self.planned.latency
        if grid is not None:
            for reranker in self.planned.models:
                # A grid that cannot be measured here is refused before hours of other work.
                thread_counts(grid, threads_of(reranker), available_cores())
        for dataset in self.planned.datasets:
            task = load_task(self.planned, dataset, indexes_dir())
            self._first_stage(task)
            for reranker in self.planned.models:
                self._quality(task, reranker)
        if grid is not None:
            for reranker in self.planned.models:
                self._latency(grid, reranker)
        if self.planned.peers is not None:
            self.clock.reranking += compare_systems(self.planned, self.planned.peers, self.out, self.console)
        if self.planned.cold_start is not None:
            starts = self.planned.cold_start
            self.clock.reranking += measure_cold_starts(self.planned, starts, self.out, self.console)
        return self.clock

    def _first_stage(self, task: Task) -> None:
        measures = self.planned.measures
        cell = first_stage_cell(task, measures)
        if not self.out.is_finished(cell):
            values = measure(task.candidates, task.qrels, (*measures, JUDGED), task.relevant_from)
            self.out.finish(cell, run=task.candidates, queries=values)
        self._say(f"{task.dataset}: {task.first_stage}", f"{len(task.queries)} queries")
        for remark in task.remarks:
            self._say(task.dataset, remark)

    def _quality(self, task: Task, reranker: RerankerSpec) -> None:
        label, measures, sweep = f"{task.dataset}: {reranker.label}", self.planned.measures, self.planned.sweep
        cell = quality_cell(task, measures, reranker, model_files(reranker), threads_of(reranker), sweep)
        if self.out.is_finished(cell):
            self._say(label, "already finished")
            return
        ranker = ranker_of(reranker)
        with self.out.journal(cell.without_sweep) as journal:
            found = len(journal.entries)
            work = rerank_queries(ranker, task, journal)
            reranked = list(self._track(work, label, len(task.queries), "queries"))
        run = reranked_run(task, {result.query_id: result.logits for result in reranked})
        values = measure(run, task.qrels, (*measures, JUDGED), task.relevant_from)
        seconds = sum(result.seconds for result in reranked[found:])
        self.clock.reranking += seconds
        tables = {"queries": values, "timings": timings(task, reranked), "shown": shown(task, run, reranked)}
        if sweep is not None:
            with self.out.journal(cell, "sweep") as journal:
                tables |= self._sweep(sweep, task, reranker, ranker, reranked, journal)
        # A sweep that was left out starts from the journal one day, and no query is scored twice.
        self.out.finish(cell, run=run, keep_journal=self.experiment.sweep != sweep, **tables)
        mean = values.loc[values["measure"] == measures[0], "value"].mean()
        self._say(label, f"{len(reranked)} queries, {seconds:.1f} s of reranking, {measures[0]} {mean:.4f}")

    def _sweep(
        self,
        spec: SweepSpec,
        task: Task,
        reranker: RerankerSpec,
        ranker: Ranker,
        reranked: Sequence[Reranked],
        journal: Journal,
    ) -> dict[str, pd.DataFrame]:
        """Return the tables of the sweep: ``sweep`` and ``sweep_timings``."""
        label, full = f"{task.dataset}: {reranker.label}", ranker.max_length

        def at_length(length: int) -> Ranker:
            return ranker if length == full else ranker_of(reranker, max_length=length)

        found = len(journal.entries)
        points, lengths = sweep_points(task, spec, full), shorter_lengths(spec, full)
        if reranker.first is None:
            work, count = shorten(task, reranked, lengths, at_length, journal), len(lengths)
        else:
            # All but the one of full depth and length, which was scored.
            others = [point for point in points if point != max(points)]
            work, count = score_points(task, others, at_length, journal), len(others)
        shortened = list(self._track(work, f"{label}, other points", count * len(reranked), "queries"))
        requests = time_sweep(task, spec, at_length, journal, full)
        total = spec.repeats * len(timed_queries(task, spec)) * len(points)
        for _ in self._track(requests, f"{label}, sweep timed", total, "requests"):
            pass
        self.clock.reranking += sum(entry["seconds"] for entry in journal.entries[found:])
        values = sweep_quality(task, reranked, shortened, spec, self.planned.measures, full)
        return {"sweep": values, "sweep_timings": sweep_timings(journal)}

    def _latency(self, grid: LatencySpec, reranker: RerankerSpec) -> None:
        label = f"latency grid: {reranker.label}"
        cell = latency_cell(grid, reranker, model_files(reranker), threads_of(reranker))
        if self.out.is_finished(cell):
            self._say(label, "already finished")
            return
        with self.out.journal(cell) as journal:
            found = len(journal.entries)
            rankers = {
                threads: ranker_of(reranker, threads=threads)
                for threads in thread_counts(grid, threads_of(reranker), available_cores())
            }
            limit = next(iter(rankers.values())).max_length
            steps = grid.repeats * len(settings(grid, rankers, limit))
            for _ in self._track(measure_latency(rankers, grid, journal), label, steps, "requests"):
                pass
            table = latency_table(journal)
        self.clock.reranking += sum(entry["seconds"] for entry in journal.entries[found:])
        self.out.finish(cell, latency=table, footprint=_footprint(reranker, rankers, settings(grid, rankers, limit)))
        self._say(label, f"{len(table)} requests timed")

    def _track(self, items: Iterable[Item], label: str, total: int, unit: str) -> Iterator[Item]:
        return track(items, label=label, total=total, unit=unit, console=self.console)

    def _say(self, label: str, what: str) -> None:
        say(self.console, f"{label}: {what}")


def _footprint(reranker: RerankerSpec, rankers: Mapping[int, Ranker], grid: Sequence[LatencySetting]) -> pd.DataFrame:
    """Return the table ``footprint`` of a latency grid: what its largest request takes."""
    largest = max(grid, key=lambda setting: (setting.tokens * setting.passages, setting.threads))
    request = request_of(rankers[largest.threads], largest.tokens, largest.passages)
    found = measure_footprint(ranker_arguments(reranker) | {"threads": largest.threads}, request)
    return pd.DataFrame([largest._asdict() | asdict(found)]).astype({"joules": float})
