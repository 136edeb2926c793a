"""Three outcomes of the paired test, by simulation and at the edges."""

from __future__ import annotations

import numpy as np
import pytest

from bench.experiment.gate_limits import GateSpec
from bench.gate.judge_quality import MIN_QUERIES, judge_quality
from bench.gate.verdict import Outcome

SPEC = GateSpec(margin=0.01)


def outcomes(loss, spread, queries, runs=40, comparisons=1):
    rng = np.random.default_rng(3)
    found = []
    for _ in range(runs):
        base = rng.uniform(0.2, 0.8, queries)
        new = base + rng.normal(-loss, spread, queries)
        found.append(judge_quality("x", base, new, SPEC, comparisons).outcome)
    return {outcome: found.count(outcome) / runs for outcome in Outcome}


def test_no_loss_passes_where_there_are_enough_queries():
    assert outcomes(0.0, 0.05, 400)[Outcome.PASS] >= 0.95


def test_no_loss_fails_rarely_however_few_queries_there_are():
    found = outcomes(0.0, 0.1, 40, runs=100)
    assert found[Outcome.FAIL] <= 0.08
    assert found[Outcome.UNKNOWN] >= 0.75


def test_a_loss_on_the_margin_passes_rarely():
    assert outcomes(0.01, 0.05, 200, runs=100)[Outcome.PASS] <= 0.08


def test_a_loss_well_beyond_the_margin_fails():
    assert outcomes(0.03, 0.05, 200)[Outcome.FAIL] >= 0.95


def test_the_loss_called_visible_fails_four_times_in_five():
    finding = judge_quality("x", np.zeros(200), np.random.default_rng(0).normal(0, 0.05, 200), SPEC)
    assert outcomes(finding.visible, 0.05, 200, runs=100)[Outcome.FAIL] == pytest.approx(0.8, abs=0.1)


@pytest.mark.slow
def test_many_comparisons_make_a_false_alarm_no_likelier():
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(20):
        found = [judge_quality("x", np.zeros(40), rng.normal(0, 0.1, 40), SPEC, 10).outcome for _ in range(10)]
        alarms += Outcome.FAIL in found
    assert alarms <= 4


def test_equal_values_pass_and_say_what_could_have_been_seen():
    finding = judge_quality("x", [0.5] * 50, [0.5] * 50, SPEC)
    assert (finding.outcome, finding.estimate) == (Outcome.PASS, 0.0)
    assert finding.reason == "no query has another value"
    assert finding.visible > SPEC.margin


def test_a_real_loss_below_the_margin_passes_and_is_named():
    finding = judge_quality("x", np.full(100, 0.5), 0.5 - np.linspace(0.001, 0.005, 100), SPEC)
    assert finding.outcome is Outcome.PASS
    assert "there is a smaller one" in finding.reason


def test_a_gain_passes():
    assert judge_quality("x", np.zeros(100), np.full(100, 0.1), SPEC).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("queries", "words"), [(1, "one query says nothing"), (MIN_QUERIES - 1, "9 queries say nothing")]
)
def test_too_few_queries_are_not_judged(queries, words):
    finding = judge_quality("x", [0.5] * queries, [0.1] * queries, SPEC)
    assert finding.outcome is Outcome.UNKNOWN
    assert words in finding.reason


def test_nan_is_not_judged():
    finding = judge_quality("x", [0.5] * 20, [0.5] * 18 + [float("nan")] * 2, SPEC)
    assert finding.outcome is Outcome.UNKNOWN
    assert "2 of 20 queries have no number" in finding.reason


def test_what_cannot_be_judged_says_how_many_queries_would_do():
    rng = np.random.default_rng(1)
    finding = judge_quality("x", np.zeros(40), rng.normal(0, 0.1, 40), SPEC)
    assert finding.outcome is Outcome.UNKNOWN
    assert "queries would tell" in finding.reason
