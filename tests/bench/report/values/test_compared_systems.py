"""Ratios within rounds, and what becomes of systems that could not answer."""

from __future__ import annotations

import math

import pytest

from bench.report.values.compared_systems import base_label, comparisons
from tests.bench.report.side_by_side import FACTORS, side_by_side


def test_a_ratio_is_the_median_of_ratios_within_rounds(make_results):
    found = comparisons(make_results(models=1, **side_by_side()))
    assert [(one.model, one.workload) for one in found] == [
        ("model-0", "short, 5 passages"),
        ("model-0", "long, 100 passages"),
    ]
    for one in found:
        assert [system.label for system in one.systems] == list(FACTORS)
        base, *others = one.systems
        assert (base.ratio, base.interval, base.rounds) == (1.0, None, 9)
        for system in others:
            # The machine became ten times slower half way: the ratios within rounds did not.
            assert system.ratio == pytest.approx(FACTORS[system.label], rel=0.02)
            assert system.interval.low <= system.ratio <= system.interval.high
            assert system.interval.high - system.interval.low < 0.05 * system.ratio
        assert base.tokens_per_second == pytest.approx(9 * 500 / (5 * 0.1 + 4 * 1.0), rel=0.02)
        assert base.median_ms == pytest.approx(100, rel=0.02)


def test_one_that_could_not_answer_has_no_numbers(make_results):
    tables = side_by_side(failing=[("long, 100 passages", "Theirs")], left_out=["Others, torch"])
    short, long = comparisons(make_results(models=1, **tables))
    assert [system.ratio > 0 for system in short.systems] == [True, True, False]
    _, theirs, others = long.systems
    assert (theirs.problem, theirs.rounds) == ("the process ended (code -9)", 0)
    assert math.isnan(theirs.ratio)
    assert math.isnan(theirs.median_ms)
    assert (others.left_out, others.problem) == ("no network", "")


def test_without_the_first_system_there_are_no_ratios(make_results):
    tables = side_by_side(failing=[("short, 5 passages", "Ours")])
    short, _ = comparisons(make_results(models=1, **tables))
    assert all(math.isnan(system.ratio) for system in short.systems)
    assert short.systems[1].median_ms > 0


def test_a_single_round_has_no_interval(make_results):
    one, _ = comparisons(make_results(models=1, **side_by_side(rounds=1)))
    assert one.systems[1].interval is None
    assert one.systems[1].ratio > 0


def test_a_run_without_them_has_none(make_results):
    assert comparisons(make_results()) == ()
    assert base_label(make_results()) == ""
