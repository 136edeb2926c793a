"""What a system's worker process makes of what a program returns."""

from __future__ import annotations

import math
import os

import pytest

from bench.systems.system_worker import load_system, sigmoid


@pytest.fixture(autouse=True)
def unchanged_environment(monkeypatch):
    monkeypatch.setenv("RAYON_NUM_THREADS", "before")


def program(ranked, gives_logits=True, calls=None):
    def load(setup):
        if calls is not None:
            calls.append((setup, os.environ["RAYON_NUM_THREADS"]))
        return lambda _query, _texts: ranked

    return {"load": load, "GIVES_LOGITS": gives_logits, "PACKAGE": "x"}


def test_scores_are_in_the_order_of_the_texts_and_times_are_of_the_ranking_alone():
    ticks = iter([1.0, 3.5])
    answer = load_system(program([(1, 2.0), (0, -1.0)]), {"threads": 1}, lambda: next(ticks))("q", ["a", "b"])
    assert answer == {"seconds": 2.5, "scores": [sigmoid(-1.0), sigmoid(2.0)], "order": [1, 0]}


def test_scores_that_are_no_logits_stay_as_they_are():
    answer = load_system(program([(1, 0.75), (0, 0.5)], gives_logits=False), {"threads": 1})("q", ["a", "b"])
    assert answer["scores"] == [0.5, 0.75]


def test_the_program_is_told_the_set_up_and_tokenizers_the_threads():
    calls = []
    load_system(program([], calls=calls), {"threads": 3, "directory": "d"})
    assert calls == [({"threads": 3, "directory": "d"}, "3")]


@pytest.mark.parametrize("logit", [-30.0, -11.25, 0.0, 9.5, 20.0])
def test_a_logit_can_be_had_back(logit):
    score = sigmoid(logit)
    assert math.log(score) - math.log1p(-score) == pytest.approx(logit, abs=1e-6)


def test_no_logit_overflows():
    assert (sigmoid(-1e4), sigmoid(1e4)) == (0.0, 1.0)
