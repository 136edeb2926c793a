"""One trial of each promise that the gate makes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from bench.common.errors import BenchError
from bench.data.collections.judgments import Qrels
from bench.data.first_stages.bm25 import indexes_dir
from bench.data.relevance import at_threshold
from bench.data.runs import Candidates
from bench.experiment.gate_limits import GateSpec
from bench.experiment.schema import Experiment
from bench.gate.checkouts import this_checkout
from bench.gate.compare_versions import compare_versions
from bench.gate.judge_quality import judge_quality
from bench.gate.validation.degraded_rankings import degraded, scored
from bench.gate.verdict import Finding, Outcome, Verdict
from bench.measure.quality import measure
from bench.run.planning import load_task

SLOWDOWN = 0.15
LOSS = 0.01

_SLOWED = str(Path(__file__).with_name("slowed_worker.py"))


@dataclass(frozen=True)
class Trial:
    """What the gate said in one trial.

    Attributes:
        outcome: Its verdict.
        findings: What it judged.
        seconds: How long it took.
    """

    outcome: Outcome
    findings: tuple[Finding, ...]
    seconds: float


def against_itself(experiment: Experiment, limits: GateSpec, run: int) -> Trial:
    """Run the whole gate with this checkout as both versions."""
    del run  # every run is alike
    started = time.perf_counter()
    checkout = this_checkout()
    return _trial(compare_versions(experiment, limits, checkout, checkout), started)


def slowed_down(experiment: Experiment, limits: GateSpec, run: int) -> Trial:
    """Judge the speed of this checkout against itself, with the scoring of the new version slowed down."""
    del run  # every run is alike
    started = time.perf_counter()
    checkout = this_checkout()
    slow = (_SLOWED, str(SLOWDOWN))
    return _trial(compare_versions(experiment, limits, checkout, checkout, parts=("speed",), new_program=slow), started)


def losing_quality(experiment: Experiment, limits: GateSpec, run: int) -> Trial:
    """Judge the first stage's rankings of the experiment's first dataset, made worse by ``LOSS``, against themselves.

    Raises:
        BenchError: The experiment has no dataset, or its rankings cannot be made worse.
    """
    started = time.perf_counter()
    if not experiment.datasets:
        raise BenchError(f"{experiment.name}: the trial needs a dataset")
    task = load_task(experiment, experiment.datasets[0], indexes_dir())
    name = str(at_threshold(experiment.measures[0], task.relevant_from))
    rankings = {query: scored([doc_id for doc_id, _ in ranked]) for query, ranked in task.candidates.items()}
    try:
        worse = degraded(rankings, task.qrels, name, LOSS, seed=run)
    except ValueError as error:
        raise BenchError(f"{task.dataset}: {error}") from error
    base, new = (_values(ranked, task.qrels, name) for ranked in (rankings, worse))
    finding = judge_quality(f"{task.dataset}: {task.first_stage}, {name}", base, new, limits)
    return _trial(Verdict("as it was", f"made worse by {LOSS:g}", (finding,)), started)


def _values(run: Candidates, qrels: Qrels, name: str) -> list[float]:
    return [float(value) for value in measure(run, qrels, [name]).sort_values("query_id")["value"]]


def _trial(verdict: Verdict, started: float) -> Trial:
    return Trial(verdict.outcome, verdict.findings, time.perf_counter() - started)
