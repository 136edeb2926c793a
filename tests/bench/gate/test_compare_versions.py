"""The whole gate with a tiny model, this checkout as both versions and small samples."""

from __future__ import annotations

from dataclasses import replace
from itertools import repeat

import pytest

from bench.common.errors import BenchError
from bench.experiment.gate_limits import GateSpec, TimedSpec
from bench.experiment.schema import Experiment
from bench.gate import compare_versions as module
from bench.gate.checkouts import this_checkout
from bench.gate.compare_versions import compare_versions
from bench.gate.turns import Block
from bench.gate.verdict import Finding, Outcome
from bench.measure.worker_process import WorkerError

LIMITS = GateSpec(requests=14, passages=3, processes=3, max_processes=3, slowdown=5.0)


@pytest.fixture
def experiment(collection, fixtures, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "indexes_dir", lambda: tmp_path)
    return Experiment.model_validate(
        {
            "name": "tiny",
            "datasets": [{"path": collection}],
            "models": [{"path": fixtures / "one-logit-int8", "threads": 1}],
        }
    )


@pytest.mark.slow
def test_a_version_passes_against_itself(experiment):
    verdict = compare_versions(experiment, LIMITS, this_checkout(), this_checkout())
    assert verdict.outcome is Outcome.PASS
    quality, speed = verdict.findings
    assert (quality.reason, quality.estimate) == ("all scores are equal to the bit, and so is the order", 0.0)
    assert quality.sample == "14 queries, 42 pairs"
    assert speed.sample == "18 requests to each version, 3 pairs of processes"
    assert 0.2 < speed.interval.low <= speed.estimate <= speed.interval.high < 5


@pytest.mark.slow
def test_quality_alone_needs_one_pair_of_processes(experiment, tmp_path):
    worker = tmp_path / "flat.py"
    # Scores everything alike, so that the order is the first stage's.
    worker.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    texts = json.loads(line).get('texts')\n"
        "    answer = {'ready': ''} if texts is None else {'seconds': 1.0, 'scores': [0.5] * len(texts),\n"
        "                                                  'order': list(range(len(texts)))}\n"
        "    print(json.dumps(answer), flush=True)\n"
    )
    limits, checkout = LIMITS.model_copy(update={"passages": 30}), this_checkout()
    verdict = compare_versions(experiment, limits, checkout, checkout, parts=("quality",), new_program=(str(worker),))
    (finding,) = verdict.findings
    assert finding.part == "quality"
    assert finding.sample.startswith("14 queries, ")
    assert finding.estimate != 0


def test_a_new_version_that_breaks_fails(experiment):
    checkout = this_checkout()
    verdict = compare_versions(experiment, LIMITS, checkout, checkout, new_program=("-c", "raise SystemExit(1)"))
    assert [finding.outcome for finding in verdict.findings] == [Outcome.FAIL] * 2
    assert "the new version cannot do it" in verdict.findings[0].reason


def test_a_base_that_cannot_run_says_nothing_about_the_change(experiment, tmp_path):
    (tmp_path / "flashrank.py").write_text("raise ImportError('not of this age')\n")
    base = replace(this_checkout(), path=str(tmp_path))
    verdict = compare_versions(experiment, LIMITS, base, this_checkout())
    assert [finding.outcome for finding in verdict.findings] == [Outcome.UNKNOWN] * 2
    assert verdict.outcome.exit_code == 3


def test_a_version_loads_a_model_as_its_row_says(experiment, monkeypatch):
    started = []

    def start(label, model, **how):
        started.append((label, model, how["cache_dir"], how["options"]))
        raise WorkerError(label, "not now")

    monkeypatch.setattr(module, "ranker_process", start)
    timed = TimedSpec(name="nano", first="nano", patience=5, graph="as-shipped", threads=1, max_length=64)
    limits = LIMITS.model_copy(update={"timed": (timed,)})
    alone = experiment.model_copy(update={"models": ()})
    compare_versions(alone, limits, this_checkout(), this_checkout())
    options = {"first": "nano", "patience": 5, "graph": "as-shipped", "threads": 1, "max_length": 64}
    assert started == [("base", "nano", None, options)]


@pytest.mark.parametrize(("outcome", "pairs"), [(Outcome.PASS, 3), (Outcome.FAIL, 3), (Outcome.UNKNOWN, 4)])
def test_more_is_measured_only_while_nothing_is_decided(experiment, monkeypatch, outcome, pairs):
    limits = LIMITS.model_copy(update={"max_processes": 4, "requests": 4, "passages": 1})

    def judge(subject, log_ratios, spec, sample):
        assert spec is limits
        return Finding("speed", subject, outcome, f"{len(log_ratios)} blocks", sample=sample)

    monkeypatch.setattr(module, "judge_turns", judge)
    monkeypatch.setattr(module, "measure_blocks", lambda *_: repeat(Block((0.0,), {}, {})))
    (finding,) = compare_versions(experiment, limits, this_checkout(), this_checkout(), parts=("speed",)).findings
    assert finding.reason == f"{pairs} blocks"


@pytest.mark.slow
def test_what_is_only_timed_is_judged_by_its_speed(experiment):
    timed = {"random": {"layers": 1, "hidden_size": 8, "vocabulary": 4096}, "passages": 4}
    limits = GateSpec.model_validate({**LIMITS.model_dump(exclude={"timed"}), "timed": [timed]})
    verdict = compare_versions(experiment.model_copy(update={"models": ()}), limits, this_checkout(), this_checkout())
    (finding,) = verdict.findings
    assert (finding.part, finding.subject) == ("speed", "tiny: L-1 x 8 (random weights)")
    assert finding.outcome is Outcome.PASS
    assert verdict.remarks[-1] == "Of L-1 x 8 (random weights), only timed, the first 4 candidates."


def test_an_experiment_of_latency_alone_is_refused(fixtures):
    experiment = Experiment.model_validate(
        {"name": "grid", "models": [{"path": fixtures / "one-logit-int8"}], "latency": {"tokens": [32]}}
    )
    with pytest.raises(BenchError, match="needs `datasets` and `models`"):
        compare_versions(experiment, LIMITS, this_checkout(), this_checkout())
