"""The gate between two versions: both rerank the same requests in turns, then quality and speed are judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.common.errors import BenchError
from bench.data.first_stages.bm25 import indexes_dir
from bench.data.runs import Candidates
from bench.experiment.gate_limits import GateSpec
from bench.experiment.schema import Experiment
from bench.gate.checkouts import RunnableVersion
from bench.gate.jobs import Job, ModelPlace, copy_model, plan_jobs
from bench.gate.judge_quality import judge_quality
from bench.gate.judge_speed import judge_turns
from bench.gate.turns import Answer, Block, deal, measure_blocks
from bench.gate.verdict import JUDGED_PARTS, Finding, JudgedPart, Outcome, Verdict, cannot_judge
from bench.measure.quality import measure
from bench.measure.request import task_requests
from bench.measure.worker_process import RERANK, WorkerError, WorkerProcess, ranker_process
from bench.run.planning import load_task
from bench.run.rankers import OPTIONS
from bench.stats.intervals import Interval


def compare_versions(
    experiment: Experiment,
    limits: GateSpec,
    base: RunnableVersion,
    new: RunnableVersion,
    *,
    parts: Sequence[JudgedPart] = JUDGED_PARTS,
    new_program: Sequence[str] = RERANK,
) -> Verdict:
    """Let both versions rerank the candidates of ``experiment`` in turns, and judge the new one.

    Args:
        experiment: Datasets, candidates, models and measures; its first measure is the one judged.
        limits: What is tolerated, how much is measured, and what is timed beside the models.
        base: The version to compare with.
        new: The version to judge.
        parts: What to judge.
        new_program: The program of the new version's processes.

    Raises:
        BenchError: The experiment has no dataset or model, or one of them cannot be used.
        FlashRankError: A model cannot be had.
    """
    if not experiment.datasets or not (experiment.models or limits.timed):
        raise BenchError(f"{experiment.name}: a gate needs `datasets` and `models`")
    chosen = experiment.select(limit=limits.requests)
    tasks = [load_task(chosen, dataset, indexes_dir()) for dataset in chosen.datasets]
    findings: list[Finding] = []
    with TemporaryDirectory(prefix="gate-", ignore_cleanup_errors=True) as folder:
        for job in plan_jobs(chosen, limits, tasks, parts):
            places = [copy_model(job.model, Path(folder) / label) for label in ("base", "new")]
            start_base = partial(_start, "base", base, job, places[0], RERANK)
            start_new = partial(_start, "new", new, job, places[1], new_program)
            findings += _judge(job, limits, start_base, start_new)
    findings.sort(key=lambda finding: JUDGED_PARTS.index(finding.part))
    timed = limits.timed if "speed" in parts else ()
    remarks = (
        f"Each query's first {limits.passages} candidates were reranked, by both versions on this machine in turn.",
        *(f"Of {row.label}, only timed, the first {row.passages} candidates." for row in timed),
    )
    return Verdict(base.name, new.name, tuple(findings), remarks)


def _start(label: str, version: RunnableVersion, job: Job, place: ModelPlace, program: Sequence[str]) -> WorkerProcess:
    # Options that are not set are left out: a base may be too old to know them.
    options = job.model.model_dump(include=OPTIONS | {"max_length", "threads"}, exclude_none=True)
    return ranker_process(
        label,
        place.model,
        python=version.python,
        path=version.path,
        cache_dir=place.cache_dir,
        options=options,
        program=program,
    )


def _judge(
    job: Job,
    limits: GateSpec,
    base: Callable[[], WorkerProcess],
    new: Callable[[], WorkerProcess],
) -> list[Finding]:
    parts, requests = job.parts, task_requests(job.task, job.passages)
    if not requests:
        return [cannot_judge(part, job.subject, "no query has a candidate") for part in parts]
    if "speed" not in parts:
        shares, most = iter([requests]), 1
    else:
        shares, most = deal(requests, limits.processes), limits.max_processes
    blocks: list[Block] = []
    speed = cannot_judge("speed", job.subject, "not measured")
    try:
        for block in measure_blocks(base, new, shares):
            blocks.append(block)
            if "speed" in parts and len(blocks) >= limits.processes:
                speed = _speed(job, blocks, limits)
            # Another pair of processes is started only where it may decide.
            if speed.outcome is not Outcome.UNKNOWN or len(blocks) >= most:
                break
    except WorkerError as error:
        return [_broken(part, job, error) for part in parts]
    findings = []
    if "quality" in parts:
        findings.append(_quality(job, blocks, limits))
    if "speed" in parts:
        findings.append(speed)
    return findings


def _broken(part: JudgedPart, job: Job, error: WorkerError) -> Finding:
    """Return the finding on a process that failed: without a base nothing can be judged; a broken new version fails."""
    if error.label == "base":
        return cannot_judge(part, job.subject, f"the base cannot do it: {error.problem}")
    return Finding(part, job.subject, Outcome.FAIL, f"the new version cannot do it: {error.problem}")


def _speed(job: Job, blocks: Sequence[Block], limits: GateSpec) -> Finding:
    ratios = [block.log_ratios for block in blocks]
    sample = f"{2 * sum(map(len, ratios))} requests to each version, {len(blocks)} pairs of processes"
    return judge_turns(job.subject, ratios, limits, sample)


def _quality(job: Job, blocks: Sequence[Block], limits: GateSpec) -> Finding:
    base: dict[str, Answer] = {}
    new: dict[str, Answer] = {}
    for block in blocks:
        base |= block.base
        new |= block.new
    subject = f"{job.subject}, {job.measure}"
    finding = judge_quality(subject, _values(job, base), _values(job, new), limits, job.comparisons)
    if base != new:
        return finding
    # Stronger than any sample: the two compute the same function of these requests.
    pairs = sum(len(answer.scores) for answer in base.values())
    return Finding(
        part="quality",
        subject=subject,
        outcome=Outcome.PASS,
        reason="all scores are equal to the bit, and so is the order",
        estimate=0.0,
        interval=Interval(0.0, 0.0),
        limit=-limits.margin,
        visible=finding.visible,
        sample=f"{len(base)} queries, {pairs:,} pairs",
    )


def _values(job: Job, answers: dict[str, Answer]) -> list[float]:
    """Return the measure of every query, in the order of the task."""
    run: Candidates = {}
    for query_id, ranked in job.task.candidates.items():
        order = answers[query_id].order if query_id in answers else ()
        run[query_id] = [(ranked[place][0], float(-rank)) for rank, place in enumerate(order)]
    table = measure(run, job.task.qrels, [job.measure], job.task.relevant_from)
    return [float(value) for value in table.set_index("query_id").loc[list(job.task.queries), "value"]]
