"""What the gate is tried with is what it is said to be."""

from __future__ import annotations

import numpy as np
import pytest
from rich.console import Console

from bench.experiment.gate_limits import GateSpec
from bench.experiment.schema import Experiment
from bench.gate.judge_quality import judge_quality
from bench.gate.validation import slowed_worker
from bench.gate.validation.degraded_rankings import degraded, scored
from bench.gate.validation.slowed_worker import slowed
from bench.gate.validation.trials import Trial
from bench.gate.validation.validate import PROMISES, validate
from bench.gate.verdict import Finding, Outcome
from bench.measure.paired_timing import take_turns
from bench.measure.quality import measure
from bench.measure.worker_process import ranker_process


@pytest.fixture
def ranking():
    """Ninety queries with twenty candidates each, ranked so that there is something to lose."""
    rng = np.random.default_rng(1)
    qrels, run = {}, {}
    for query in range(90):
        documents = [f"d{i}" for i in range(20)]
        relevance = dict(zip(documents, rng.integers(0, 4, 20).tolist(), strict=True))
        noisy = sorted(documents, key=lambda d: relevance[d] + rng.normal(0, 1.5), reverse=True)
        qrels[f"q{query}"], run[f"q{query}"] = relevance, scored(noisy)
    return run, qrels


def values(run, qrels):
    return measure(run, qrels, ["nDCG@10"]).set_index("query_id")["value"].sort_index()


class TestDegraded:
    def test_loses_what_was_asked_for(self, ranking):
        run, qrels = ranking
        for seed in range(3):
            loss = values(run, qrels).mean() - values(degraded(run, qrels, "nDCG@10", 0.01, seed), qrels).mean()
            assert loss == pytest.approx(0.01, abs=0.001)

    def test_is_caught(self, ranking):
        run, qrels = ranking
        worse = values(degraded(run, qrels, "nDCG@10", 0.01, 0), qrels)
        assert judge_quality("x", values(run, qrels), worse, GateSpec()).outcome is Outcome.FAIL

    def test_keeps_every_document(self, ranking):
        run, qrels = ranking
        worse = degraded(run, qrels, "nDCG@10", 0.05, 0)
        for query_id, ranked in run.items():
            assert {doc_id for doc_id, _ in worse[query_id]} == {doc_id for doc_id, _ in ranked}

    def test_differs_from_seed_to_seed(self, ranking):
        assert degraded(*ranking, "nDCG@10", 0.01, 0) != degraded(*ranking, "nDCG@10", 0.01, 1)

    def test_cannot_lose_more_than_there_is(self, ranking):
        run, qrels = ranking
        some = {"q0": run["q0"][:4]}
        with pytest.raises(ValueError, match="cannot be made worse"):
            degraded(some, {"q0": qrels["q0"]}, "nDCG@10", 0.99, 0)


def test_the_call_is_followed_by_its_share_of_work():
    now, waited = [10.0], []

    def clock():
        now[0] += 0.125  # each look at the clock takes a while
        return now[0]

    def score(query, texts, *, seconds):
        now[0] += seconds
        waited.append(now[0])
        return query, texts

    assert slowed(score, 0.5, clock)("query", texts=["a"], seconds=8.0) == ("query", ["a"])
    # The call took 8 seconds and a look, so 4 seconds and half a look are added.
    assert now[0] == pytest.approx(10.125 + 1.5 * 8.125, abs=0.125)
    assert now[0] - waited[0] >= 4.0


def test_the_slowed_worker_takes_longer_and_scores_alike(fixtures):
    texts = ["rank the passages of the query " * 8] * 24
    program = (slowed_worker.__file__, "3.0")
    model, options = str(fixtures / "one-logit-int8"), {"threads": 1}
    with (
        ranker_process("base", model, options=options) as base,
        ranker_process("new", model, options=options, program=program) as new,
    ):
        before, after = take_turns(*(lambda _, p=p: p.ask("query", texts) for p in (base, new)), range(15))
    assert [answer["scores"] for answer in before] == [answer["scores"] for answer in after]
    # Of each, the fastest request is the one that nothing else disturbed. It takes four times as long.
    assert min(answer["seconds"] for answer in after) > 2 * min(answer["seconds"] for answer in before)


@pytest.mark.parametrize(
    ("promise", "runs", "alarms", "holds"),
    [
        ("aa", 20, 1, True),
        ("aa", 20, 2, False),
        ("aa", 2, 1, False),
        ("slowdown", 20, 19, True),
        ("slowdown", 20, 18, False),
        ("quality", 20, 20, True),
    ],
)
def test_one_run_in_twenty_may_go_wrong(monkeypatch, capsys, promise, runs, alarms, holds):
    def trial(_experiment, _limits, run):
        outcome = Outcome.FAIL if run < alarms else Outcome.UNKNOWN
        return Trial(outcome, (Finding("speed", "x", outcome, "made up"),), 0.0)

    monkeypatch.setitem(PROMISES, promise, (trial, PROMISES[promise][1]))
    experiment = Experiment.model_validate({"name": "x", "datasets": [{"id": "builtin/python-docs"}]})
    assert validate(promise, experiment, GateSpec(), runs, Console()) == holds
    assert ("does not hold" in capsys.readouterr().out) != holds


def test_the_loss_of_quality_is_tried_on_the_collection_at_hand(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("bench.gate.validation.trials.indexes_dir", lambda: tmp_path)
    experiment = Experiment.model_validate({"name": "x", "datasets": [{"id": "builtin/python-docs"}]})
    assert validate("quality", experiment, GateSpec(), 1, Console())
    assert "1 of 1 caught" in capsys.readouterr().out
