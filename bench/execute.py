"""Running an experiment: cell by cell, each computed once and kept."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from rich.console import Console

from bench.config import Experiment
from bench.latency import latency_table, measure_latency
from bench.plan import Task, first_stage_cell, latency_cell, load_task, quality_cell
from bench.progress import track
from bench.quality import measure, rerank_queries, reranked_run, timings
from bench.run_directory import RunDirectory
from bench.specs import LatencySpec, RerankerSpec
from flashrank import Ranker
from flashrank.cores import available_cores
from flashrank.store import resolve_model


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
    clock, started = Clock(), time.perf_counter()
    for dataset in experiment.datasets:
        task = load_task(experiment, dataset, cache_dir())
        _first_stage(experiment, task, out, console)
        for reranker in experiment.models:
            _quality(experiment, task, reranker, out, console, clock)
    if experiment.latency is not None:
        for reranker in experiment.models:
            _latency(experiment.latency, reranker, out, console, clock)
    clock.beside = time.perf_counter() - started - clock.reranking
    return clock


def cache_dir() -> Path:
    """Return where BM25 indices are kept: they can always be made again."""
    return platformdirs.user_cache_path("flashrank-bench", appauthor=False)


def _first_stage(experiment: Experiment, task: Task, out: RunDirectory, console: Console) -> None:
    cell = first_stage_cell(task, experiment.measures)
    if not out.is_finished(cell):
        out.finish(cell, run=task.candidates, queries=measure(task.candidates, task.qrels, experiment.measures))
    _say(console, f"{task.dataset}: {task.first_stage}", f"{len(task.queries)} queries")


def _quality(
    experiment: Experiment, task: Task, reranker: RerankerSpec, out: RunDirectory, console: Console, clock: Clock
) -> None:
    label = f"{task.dataset}: {reranker.label}"
    files = resolve_model(reranker.model)
    cell = quality_cell(task, experiment.measures, reranker, files, _threads(reranker))
    if out.is_finished(cell):
        _say(console, label, "already finished")
        return
    with out.journal(cell) as journal:
        found = len(journal.entries)
        work = rerank_queries(_ranker(reranker), task, journal)
        reranked = list(track(work, label=label, total=len(task.queries), unit="queries", console=console))
    run = reranked_run(task, reranked)
    values = measure(run, task.qrels, experiment.measures)
    out.finish(cell, run=run, queries=values, timings=timings(task, reranked))
    seconds = sum(result.seconds for result in reranked[found:])
    clock.reranking += seconds
    primary = experiment.measures[0]
    mean = values.loc[values["measure"] == primary, "value"].mean()
    _say(console, label, f"{len(reranked)} queries, {seconds:.1f} s of reranking, {primary} {mean:.4f}")


def _latency(grid: LatencySpec, reranker: RerankerSpec, out: RunDirectory, console: Console, clock: Clock) -> None:
    label = f"latency grid: {reranker.label}"
    cell = latency_cell(grid, reranker, resolve_model(reranker.model), _threads(reranker))
    if out.is_finished(cell):
        _say(console, label, "already finished")
        return
    with out.journal(cell) as journal:
        found = len(journal.entries)
        ranker = _ranker(reranker)
        steps = grid.repeats * sum(tokens <= ranker.max_length for tokens in grid.tokens)
        for _ in track(
            measure_latency(ranker, grid, journal), label=label, total=steps, unit="requests", console=console
        ):
            pass
        table = latency_table(journal)
    out.finish(cell, latency=table)
    clock.reranking += sum(entry["seconds"] for entry in journal.entries[found:])
    _say(console, label, f"{len(table)} requests timed")


def _ranker(reranker: RerankerSpec) -> Ranker:
    # The truncation of single requests is counted in the timings; a line for each would bury the progress.
    return Ranker(reranker.model, max_length=reranker.max_length, threads=_threads(reranker), log_level="ERROR")


def _threads(reranker: RerankerSpec) -> int:
    return reranker.threads or available_cores()


def _say(console: Console, label: str, what: str) -> None:
    console.print(f"{label}: {what}", highlight=False, markup=False, soft_wrap=True)
