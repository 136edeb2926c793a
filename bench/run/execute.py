"""Running an experiment: cell by cell, each computed once and kept."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import platformdirs
from rich.console import Console

from bench.data.task import Task
from bench.experiment.grids import LatencySpec, SweepSpec
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import Experiment
from bench.measure.footprint import measure_footprint
from bench.measure.latency import Setting, latency_table, measure_latency, request_of, settings, thread_counts
from bench.measure.quality import Reranked, measure, rerank_queries, reranked_run, shown, timings
from bench.measure.sweep import (
    shorten,
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
from bench.run.planning import first_stage_cell, latency_cell, load_task, quality_cell
from bench.run.progress import track
from bench.run.rankers import ranker_arguments, ranker_of, threads_of
from flashrank import Ranker, available_cores


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
    """Compute every cell of ``experiment`` that does not lie in ``out`` yet.

    Raises:
        BenchError: A dataset, its candidates or a folder cannot be used.
        FlashRankError: A model cannot be used.
    """
    clock, started, latency = Clock(), time.perf_counter(), experiment.planned().latency
    if latency is not None:
        for reranker in experiment.models:
            thread_counts(latency, threads_of(reranker), available_cores())
    for dataset in experiment.planned().datasets:
        task = load_task(experiment, dataset, cache_dir())
        _first_stage(experiment, task, out, console)
        for reranker in experiment.models:
            _quality(experiment, task, reranker, out, console, clock)
    if latency is not None:
        for reranker in experiment.models:
            _latency(latency, reranker, out, console, clock)
    clock.beside = time.perf_counter() - started - clock.reranking
    return clock


def cache_dir() -> Path:
    """Return where BM25 indices are kept: they can always be made again."""
    return platformdirs.user_cache_path("flashrank-bench", appauthor=False)


def _first_stage(experiment: Experiment, task: Task, out: RunDirectory, console: Console) -> None:
    cell = first_stage_cell(task, experiment.measures)
    if not out.is_finished(cell):
        values = measure(task.candidates, task.qrels, (*experiment.measures, JUDGED), task.relevant_from)
        out.finish(cell, run=task.candidates, queries=values)
    _say(console, f"{task.dataset}: {task.first_stage}", f"{len(task.queries)} queries")
    for remark in task.remarks:
        _say(console, task.dataset, remark)


def _quality(
    experiment: Experiment, task: Task, reranker: RerankerSpec, out: RunDirectory, console: Console, clock: Clock
) -> None:
    label = f"{task.dataset}: {reranker.label}"
    files, sweep = model_files(reranker), experiment.planned().sweep
    cell = quality_cell(task, experiment.measures, reranker, files, threads_of(reranker), sweep)
    if out.is_finished(cell):
        _say(console, label, "already finished")
        return
    ranker = ranker_of(reranker)
    with out.journal(cell.without_sweep) as journal:
        found = len(journal.entries)
        work = rerank_queries(ranker, task, journal)
        reranked = list(track(work, label=label, total=len(task.queries), unit="queries", console=console))
    run = reranked_run(task, {result.query_id: result.logits for result in reranked})
    values = measure(run, task.qrels, (*experiment.measures, JUDGED), task.relevant_from)
    seconds = sum(result.seconds for result in reranked[found:])
    clock.reranking += seconds
    tables = {"queries": values, "timings": timings(task, reranked), "shown": shown(task, run, reranked)}
    if sweep is not None:
        with out.journal(cell, "sweep") as journal:
            tables |= _sweep(experiment, sweep, task, reranker, ranker, reranked, journal, console, clock)
    # A sweep that was left out starts from the journal one day, and no query is scored twice.
    out.finish(cell, run=run, keep_journal=experiment.sweep != sweep, **tables)
    primary = experiment.measures[0]
    mean = values.loc[values["measure"] == primary, "value"].mean()
    _say(console, label, f"{len(reranked)} queries, {seconds:.1f} s of reranking, {primary} {mean:.4f}")


def _sweep(
    experiment: Experiment,
    spec: SweepSpec,
    task: Task,
    reranker: RerankerSpec,
    ranker: Ranker,
    reranked: Sequence[Reranked],
    journal: Journal,
    console: Console,
    clock: Clock,
) -> dict[str, pd.DataFrame]:
    """Return the tables of the sweep: ``sweep`` and ``sweep_timings``."""
    label, full = f"{task.dataset}: {reranker.label}", ranker.max_length

    def at_length(length: int) -> Ranker:
        return ranker if length == full else ranker_of(reranker, max_length=length)

    found = len(journal.entries)
    lengths = shorter_lengths(spec, full)
    work = shorten(task, reranked, lengths, at_length, journal)
    total = len(lengths) * len(reranked)
    shortened = list(track(work, label=f"{label}, shorter", total=total, unit="queries", console=console))
    requests = time_sweep(task, spec, at_length, journal, full)
    total = spec.repeats * len(timed_queries(task, spec)) * len(sweep_points(task, spec, full))
    for _ in track(requests, label=f"{label}, sweep timed", total=total, unit="requests", console=console):
        pass
    clock.reranking += sum(entry["seconds"] for entry in journal.entries[found:])
    values = sweep_quality(task, reranked, shortened, spec, experiment.measures, full)
    return {"sweep": values, "sweep_timings": sweep_timings(journal)}


def _latency(grid: LatencySpec, reranker: RerankerSpec, out: RunDirectory, console: Console, clock: Clock) -> None:
    label = f"latency grid: {reranker.label}"
    cell = latency_cell(grid, reranker, model_files(reranker), threads_of(reranker))
    if out.is_finished(cell):
        _say(console, label, "already finished")
        return
    with out.journal(cell) as journal:
        found = len(journal.entries)
        rankers = {
            threads: ranker_of(reranker, threads=threads)
            for threads in thread_counts(grid, threads_of(reranker), available_cores())
        }
        limit = next(iter(rankers.values())).max_length
        steps = grid.repeats * len(settings(grid, rankers, limit))
        requests = measure_latency(rankers, grid, journal)
        for _ in track(requests, label=label, total=steps, unit="requests", console=console):
            pass
        table = latency_table(journal)
    clock.reranking += sum(entry["seconds"] for entry in journal.entries[found:])
    out.finish(cell, latency=table, footprint=_footprint(reranker, rankers, settings(grid, rankers, limit)))
    _say(console, label, f"{len(table)} requests timed")


def _footprint(reranker: RerankerSpec, rankers: Mapping[int, Ranker], grid: Sequence[Setting]) -> pd.DataFrame:
    """Return the table ``footprint`` of a latency grid: what its largest request takes."""
    largest = max(grid, key=lambda setting: (setting.tokens * setting.passages, setting.threads))
    request = request_of(rankers[largest.threads], largest.tokens, largest.passages)
    found = measure_footprint(ranker_arguments(reranker) | {"threads": largest.threads}, request)
    return pd.DataFrame([largest._asdict() | asdict(found)]).astype({"joules": float})


def _say(console: Console, label: str, what: str) -> None:
    console.print(f"{label}: {what}", highlight=False, markup=False, soft_wrap=True)
