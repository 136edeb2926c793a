"""Cold starts as multiples of the first system's, and what they cost."""

from __future__ import annotations

import pytest

from bench.report.values.cold_starts import describe_cold_starts, dollars_per_million, started_systems
from tests.bench.report.cold_starts import cold_starts


def test_ratios_are_those_of_one_round(make_results):
    found = started_systems(make_results(models=1, **cold_starts()))
    assert [(one.label, one.threads, one.passages) for one in found] == [
        (label, threads, passages) for threads in (1, 2) for passages in (5, 20) for label in ("Ours", "Theirs")
    ]
    ours, theirs = found[:2]
    assert (ours.cold_seconds, ours.warm_seconds, ours.ratio, ours.interval) == (1.2, pytest.approx(0.12), 1.0, None)
    assert theirs.ratio == pytest.approx(2.0)
    assert theirs.interval is not None
    assert (theirs.interval.low, theirs.interval.high) == (pytest.approx(2.0), pytest.approx(2.0))
    # 1.2 s for the first of ten requests, .12 s for the other nine, with half a GB
    assert ours.dollars == pytest.approx(1e6 * (1.2 + 9 * 0.12) / 10 * 0.5 * 0.00001)


def test_cost_by_hand():
    """3 million requests of .12 s with 1,536 MB are 540,000 GB-seconds."""
    cost = dollars_per_million(0.12, 0.12, 1536 * 2**20, 1, 0.0000166667)
    assert 3 * cost == pytest.approx(540_000 * 0.0000166667)
    # A process that answers once pays for its cold start each time.
    assert dollars_per_million(2.0, 0.1, 2**30, 1, 0.00001) == pytest.approx(20)
    assert dollars_per_million(2.0, 0.1, 2**30, 100, 0.00001) == pytest.approx((2.0 + 9.9) / 10)


def test_in_words(make_results):
    said = describe_cold_starts(make_results(models=1, **cold_starts()))
    assert said == (
        "From the start of a process to the first scores: 5 passages with model-0 on 1 thread: Ours 1,200 ms; Theirs "
        "2.00 times as long."
    )
    assert describe_cold_starts(make_results()) == ""
