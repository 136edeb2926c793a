"""The process of one side, with this checkout in it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.measure.worker_process import WorkerError, WorkerProcess
from flashrank import Ranker

ROOT = str(Path(__file__).parents[3])


def test_it_answers_as_the_ranker_does(fixtures):
    model = fixtures / "one-logit-int8"
    texts = ["passages", "rank " * 30, "the query", ""]
    with WorkerProcess("new", sys.executable, str(model), path=ROOT, options={"threads": 1}) as side:
        answers = [side.rerank("rank the query", texts) for _ in range(2)]
        assert side.package == str(Path(ROOT) / "flashrank")
    assert tuple(answers[0]["scores"]) == Ranker(model).score("rank the query", texts).scores
    assert answers[1]["scores"] == answers[0]["scores"]
    assert all(answer["seconds"] > 0 for answer in answers)
    assert 10 * 2**20 < answers[0]["peak_bytes"] < 2**30


def test_a_model_that_cannot_be_loaded_is_an_error_of_that_side(fixtures):
    with (
        WorkerProcess("base", sys.executable, str(fixtures / "absent"), path=ROOT) as side,
        pytest.raises(WorkerError) as error,
    ):
        side.rerank("query", ["text"])
    assert error.value.label == "base"
    assert "absent" in error.value.problem


def test_a_model_that_gives_nan_is_an_error(fixtures):
    with (
        WorkerProcess("new", sys.executable, str(fixtures / "nan-logits"), path=ROOT) as side,
        pytest.raises(WorkerError) as error,
    ):
        side.rerank("query", ["text"])
    assert "NaN" in error.value.problem


def test_an_environment_without_flashrank_is_an_error():
    worker = ("-c", "raise SystemExit(7)")
    with (
        WorkerProcess("base", sys.executable, "x", worker=worker) as side,
        pytest.raises(WorkerError, match=r"ended \(code 7\)"),
    ):
        side.rerank("query", ["text"])


def test_a_side_that_is_never_asked_ends_quietly(capfd):
    with WorkerProcess("base", sys.executable, "x", path=ROOT):
        pass
    assert capfd.readouterr().err == ""
