"""Ratios of times with an interval: simulated machines, quiet and noisy."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bench.experiment.gate_limits import GateSpec
from bench.gate.judge_speed import judge_grids, judge_turns
from bench.gate.verdict import Outcome

SPEC = GateSpec()


def blocks(slowdown, rng, within=0.06, between=0.015, processes=5, each=8):
    """What a machine shows: every pair of processes has a bias of its own, and some requests are far off."""
    bias = rng.normal(0, between, (processes, 1))
    noise = rng.normal(0, within, (processes, each)) + rng.choice(
        [0, 0.5, -0.5], (processes, each), p=[0.9, 0.05, 0.05]
    )
    return math.log1p(slowdown) + bias + noise


def share(outcome, slowdown, runs=100, **machine):
    rng = np.random.default_rng(11)
    found = [judge_turns("x", blocks(slowdown, rng, **machine), SPEC).outcome for _ in range(runs)]
    return found.count(outcome) / runs


def test_nothing_changed_is_no_alarm():
    assert share(Outcome.FAIL, 0.0) == 0
    assert share(Outcome.PASS, 0.0) >= 0.9


def test_fifteen_per_cent_are_caught():
    assert share(Outcome.FAIL, 0.15) >= 0.95


def test_a_noisy_machine_cries_no_wolf():
    assert share(Outcome.FAIL, 0.0, within=0.4, between=0.05) <= 0.05


def test_a_slowdown_at_the_limit_fails_rarely():
    assert share(Outcome.FAIL, SPEC.slowdown - 1) <= 0.1


def test_the_interval_knows_that_processes_differ():
    rng = np.random.default_rng(2)
    alike = judge_turns("x", blocks(0, rng, between=0.0), SPEC).interval
    apart = judge_turns("x", blocks(0, rng, between=0.1), SPEC).interval
    assert apart.high - apart.low > 2 * (alike.high - alike.low)


def test_it_is_the_same_every_time():
    ratios = blocks(0.05, np.random.default_rng(4))
    assert judge_turns("x", ratios, SPEC) == judge_turns("x", ratios, SPEC)


def test_a_time_that_is_none_is_not_judged():
    assert judge_turns("x", [[0.0, math.nan]] * 5, SPEC).outcome is Outcome.UNKNOWN


def grid(scale, seed):
    rng = np.random.default_rng(seed)
    return {f"{tokens} tokens": (scale * tokens * rng.lognormal(0, 0.05, 30)).tolist() for tokens in (32, 64)}


@pytest.mark.parametrize(
    ("scale", "outcome"), [(1.0, Outcome.PASS), (1.4, Outcome.FAIL), (SPEC.slowdown_apart, Outcome.UNKNOWN)]
)
def test_grids(scale, outcome):
    finding = judge_grids("x", grid(1.0, 0), grid(scale, 1), SPEC)
    assert finding.outcome is outcome
    assert finding.estimate == pytest.approx(scale, rel=0.05)
    assert finding.interval.low < scale < finding.interval.high


def test_grids_name_the_worst_cell():
    slow = grid(1.0, 1)
    slow["64 tokens"] = [2 * seconds for seconds in slow["64 tokens"]]
    assert "the slowest is 64 tokens at 1.96x" in judge_grids("x", grid(1.0, 0), slow, SPEC).sample


@pytest.mark.parametrize("bad", [math.nan, 0.0, math.inf])
def test_grids_with_a_bad_time_are_not_judged(bad):
    finding = judge_grids("x", grid(1.0, 0), grid(1.0, 1) | {"32 tokens": [1.0, bad]}, SPEC)
    assert finding.outcome is Outcome.UNKNOWN
    assert "32 tokens" in finding.reason


def test_grids_without_a_common_cell_are_not_judged():
    assert judge_grids("x", {"32": [1.0]}, {"64": [1.0]}, SPEC).outcome is Outcome.UNKNOWN
