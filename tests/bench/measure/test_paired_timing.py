"""Turns and ratios, against clocks and numbers that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench.measure.paired_timing import paired_times, take_turns, time_processes, time_rankers
from bench.measure.request import Request
from bench.measure.worker_process import ranker_process
from flashrank import Ranker


def test_who_is_first_alternates_and_answers_keep_the_order_of_the_requests():
    log = []

    def one(label):
        return lambda request: log.append((label, request)) or (label, request)

    a, b = take_turns(one("A"), one("B"), range(5))
    assert "".join(label for label, _ in log) == "ABBAABBAAB"
    assert a == [("A", request) for request in range(5)]
    assert b == [("B", request) for request in range(5)]


def test_ratios_are_of_the_second_over_the_first():
    times = paired_times([1.0, 2.0, 4.0], [3.0, 4.0, 4.0])
    assert times.ratios.tolist() == [3.0, 2.0, 1.0]
    assert times.medians == (2.0, 4.0)
    assert times.median_ratio().median == 2.0


def test_the_interval_is_that_of_the_bootstrapped_median():
    random = np.random.default_rng(3)
    times = paired_times(random.uniform(1, 2, 40), random.uniform(1, 2, 40))
    ratio = times.median_ratio()
    known = stats.bootstrap((times.ratios,), np.median, method="percentile", rng=random).confidence_interval
    assert ratio.low < ratio.median < ratio.high
    assert (ratio.low, ratio.high) == pytest.approx((known.low, known.high), abs=0.02)
    same = paired_times([2.0] * 9, [3.0] * 9).median_ratio()
    assert (same.low, same.median, same.high) == (1.5, 1.5, 1.5)


def test_models_are_timed_in_turns_by_the_clock_that_is_given(fixtures, monkeypatch):
    a, b = (Ranker(fixtures / "one-logit-int8", log_level="ERROR") for _ in range(2))
    now, asked = [0.0], []

    def rerank(ranker, request):
        asked.append(ranker)
        assert len(request.passages) == 2
        now[0] += 1.0 if ranker is a else 1.25

    monkeypatch.setattr(Ranker, "rerank", rerank)
    times = time_rankers(a, b, tokens=32, passages=2, turns=3, clock=lambda: now[0])
    assert times.a.tolist() == [1.0] * 3
    assert times.b.tolist() == [1.25] * 3
    # The first two are not timed.
    assert asked == [a, b, a, b, b, a, a, b]


def test_processes_are_asked_everything_after_a_warm_up(fixtures):
    requests = [Request(f"q{row}", f"query {row}", ("d0", "d1"), ("rank", "the passages")) for row in range(3)]
    ranker = Ranker(fixtures / "one-logit-int8", log_level="ERROR")
    with ranker_process("a", str(ranker.model_dir)) as a, ranker_process("b", str(ranker.model_dir)) as b:
        times, from_a, from_b = time_processes(a, b, requests, warm_up=2)
    assert times.a.tolist() == [answer["seconds"] for answer in from_a]
    assert times.b.tolist() == [answer["seconds"] for answer in from_b]
    known = [list(ranker.score(request.query, request.texts).scores) for request in requests]
    assert [answer["scores"] for answer in from_a] == [answer["scores"] for answer in from_b] == known
