"""A promise holds while the gate goes wrong in no more than one run of twenty."""

from __future__ import annotations

import pytest
from rich.console import Console

from bench.experiment.gate_limits import GateSpec
from bench.experiment.schema import Experiment
from bench.gate.validation.trials import Trial
from bench.gate.validation.validate import PROMISES, validate
from bench.gate.verdict import Finding, Outcome

ALL_BUT_ONE = [("fast", Outcome.FAIL), ("as shipped", Outcome.PASS)]


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


@pytest.mark.parametrize(("promise", "holds"), [("aa", False), ("slowdown", False)])
def test_one_model_of_two_that_goes_wrong_is_a_wrong_run(monkeypatch, promise, holds):
    findings = tuple(Finding("speed", model, outcome, "made up") for model, outcome in ALL_BUT_ONE)
    trial = (lambda *_: Trial(Outcome.FAIL, findings, 0.0), PROMISES[promise][1])
    monkeypatch.setitem(PROMISES, promise, trial)
    experiment = Experiment.model_validate({"name": "x", "datasets": [{"id": "builtin/python-docs"}]})
    assert validate(promise, experiment, GateSpec(), 20, Console(quiet=True)) == holds


def test_the_loss_of_quality_is_tried_on_the_collection_at_hand(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("bench.gate.validation.trials.indexes_dir", lambda: tmp_path)
    experiment = Experiment.model_validate({"name": "x", "datasets": [{"id": "builtin/python-docs"}]})
    assert validate("quality", experiment, GateSpec(), 1, Console())
    assert "1 of 1 caught" in capsys.readouterr().out
