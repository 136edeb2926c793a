"""A worker process with this checkout in it, and what becomes of one that cannot answer."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from bench.measure.worker_process import CHECKOUT, RERANK, WorkerError, WorkerProcess, ranker_process
from flashrank import Ranker


def test_it_answers_as_the_ranker_does(fixtures):
    model = fixtures / "one-logit-int8"
    texts = ["passages", "rank " * 30, "the query", ""]
    with ranker_process("new", str(model), options={"threads": 1}) as process:
        answers = [process.ask("rank the query", texts) for _ in range(2)]
        assert process.package == str(CHECKOUT / "flashrank")
    assert tuple(answers[0]["scores"]) == Ranker(model).score("rank the query", texts).scores
    assert sorted(answers[0]["order"], key=lambda place: -answers[0]["scores"][place]) == answers[0]["order"]
    assert answers[1]["scores"] == answers[0]["scores"]
    assert all(answer["seconds"] > 0 for answer in answers)
    assert 10 * 2**20 < answers[0]["peak_bytes"] < 2**30


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="only Linux says which process it ends first")
def test_it_is_ended_first_where_memory_runs_out():
    program = "import json; print(json.dumps({'ready': open('/proc/self/oom_score_adj').read()}), flush=True)"
    waiting = f"import sys; sys.stdin.readline(); {program}"
    with WorkerProcess("base", [sys.executable, "-c", waiting], {}) as process:
        assert process.package.strip() == "1000"


def test_a_model_that_cannot_be_loaded_is_an_error_of_that_process(fixtures):
    with ranker_process("base", str(fixtures / "absent")) as process, pytest.raises(WorkerError) as error:
        process.ask("query", ["text"])
    assert error.value.label == "base"
    assert "absent" in error.value.problem


def test_a_model_that_gives_nan_is_an_error(fixtures):
    with ranker_process("new", str(fixtures / "nan-logits")) as process, pytest.raises(WorkerError) as error:
        process.ask("query", ["text"])
    assert "NaN" in error.value.problem


def test_an_environment_without_flashrank_is_an_error():
    # -S leaves out site-packages, and with it what is installed there.
    command = [sys.executable, "-S", *RERANK]
    with WorkerProcess("base", command, {}) as process, pytest.raises(WorkerError) as error:
        _ = process.package
    assert str(error.value) == "base: ModuleNotFoundError: No module named 'flashrank'"


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("raise SystemExit(7)", "the process ended (code 7)"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "the process was killed, most likely for want of memory (code -9)",
        ),
    ],
)
def test_a_process_that_ended_is_an_error(program, problem):
    if "SIGKILL" in program and sys.platform == "win32":
        pytest.skip("Windows has no SIGKILL")
    with (
        WorkerProcess("base", [sys.executable, "-c", program], {}) as process,
        pytest.raises(WorkerError, match=f"^base: {re.escape(problem)}$"),
    ):
        process.ask("query", ["text"])


def test_an_interpreter_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(WorkerError, match=r"^base: the process cannot be started \(.*nowhere: No such file"):
        WorkerProcess("base", [str(tmp_path / "nowhere")], {})


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no interrupts to send: this check did NOT run")
def test_an_interrupted_process_ends_without_a_traceback(capfd):
    program = """
import os, signal
from bench.measure.worker import serve
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores interrupts
serve(lambda setup: lambda query, texts: os.kill(os.getpid(), signal.SIGINT))
"""
    with (
        WorkerProcess("base", [sys.executable, "-c", program], {}, CHECKOUT) as process,
        pytest.raises(WorkerError, match=re.escape("the process ended (code 130)")),
    ):
        process.ask("query", ["text"])
    assert capfd.readouterr().err == ""


def test_a_process_that_is_never_asked_ends_quietly(capfd):
    with ranker_process("base", "x"):
        pass
    assert capfd.readouterr().err == ""
