"""Worker processes of systems, with this checkout and with programs of the test's own."""

from __future__ import annotations

import json
import shutil

import pytest

from bench.common.errors import BenchError
from bench.measure.worker_process import CHECKOUT, WorkerError
from bench.systems import float_directory
from bench.systems.processes import start
from bench.systems.rows import System, find_system
from flashrank import Ranker

TELLS_ITS_SETUP = """
import json, sys
PACKAGE, GIVES_LOGITS = "json", False
def load(setup):
    print("a library that prints")
    sys.stderr.write(json.dumps(setup) + chr(10))
    return lambda query, texts: [(place, 0.5) for place in range(len(texts))]
"""


@pytest.fixture
def telling(tmp_path):
    program = tmp_path / "telling.py"
    program.write_text(TELLS_ITS_SETUP)
    return program


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """Where float32 weights are kept instead of in the user's cache."""
    monkeypatch.setattr(float_directory, "default_folder", lambda: tmp_path / "kept")
    return tmp_path / "kept"


def test_this_checkout_answers_as_its_ranker_does(fixtures):
    texts = ["passages", "rank " * 30, "the query", ""]
    with start(find_system("flashrank"), fixtures / "one-logit-int8", 64, 1) as process:
        answer = process.ask("rank the query", texts)
        assert process.package == str(CHECKOUT / "flashrank")
    expected = Ranker(fixtures / "one-logit-int8", max_length=64).score("rank the query", texts)
    assert tuple(answer["scores"]) == expected.scores
    assert answer["order"] == sorted(range(len(texts)), key=lambda place: -expected.logits[place])
    assert answer["seconds"] > 0
    assert answer["peak_bytes"] > 1e6


def test_what_a_program_is_told(fixtures, telling, capfd):
    system = System("telling", "Telling", (), telling, {"colour": "red"})
    with start(system, fixtures / "one-logit-int8", 128, 2) as process:
        assert process.ask("q", ["a", "b"])["scores"] == [0.5, 0.5]
    setup = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert setup == {
        "directory": str(fixtures / "one-logit-int8"),
        "file": "model.onnx",
        "max_length": 128,
        "threads": 2,
        "options": {"colour": "red"},
    }


def test_pairs_are_never_longer_than_the_model_takes(fixtures, telling, capfd):
    with start(System("telling", "Telling", (), telling), fixtures / "one-logit-int8", 4096, 1) as process:
        process.ask("q", ["a"])
    setup = json.loads(capfd.readouterr().err.splitlines()[-1])
    config = json.loads((fixtures / "one-logit-int8" / "config.json").read_text())
    assert setup["max_length"] == config["max_position_embeddings"] < 4096


def test_a_model_may_say_nothing_of_its_length(fixtures, telling, tmp_path, capfd):
    directory = tmp_path / "silent"
    shutil.copytree(fixtures / "one-logit-int8", directory)
    for name in ("config.json", "tokenizer_config.json"):
        (directory / name).write_text("{}")
    with start(System("telling", "Telling", (), telling), directory, 4096, 1) as process:
        process.ask("q", ["a"])
    assert json.loads(capfd.readouterr().err.splitlines()[-1])["max_length"] == 4096


def test_float32_weights_lie_in_a_directory_of_their_own(fixtures, telling, kept, capfd):
    pytest.importorskip("safetensors")
    system = System("telling", "Telling", (), telling, weights="float32")
    with start(system, fixtures / "one-logit-int8", 128, 2) as process:
        process.ask("q", ["a"])
    setup = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert setup["file"] == ""
    (directory,) = kept.glob("one-logit-int8-*")
    assert setup["directory"] == str(directory)


def test_a_library_that_is_not_there_is_named(fixtures, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("PACKAGE, GIVES_LOGITS, load = 'no_such_library', True, None")
    system = System("x", "Absent", (), program)
    with start(system, fixtures / "one-logit-int8", 64, 1) as process, pytest.raises(WorkerError) as error:
        process.ask("q", ["a"])
    assert str(error.value) == "Absent: ModuleNotFoundError: No module named 'no_such_library'"


def test_weights_that_are_not_there_in_float32_are_refused_before_anything_starts(telling, fixtures, tmp_path):
    system = System("telling", "Telling", (), telling, weights="float32")
    directory = tmp_path / "model"
    shutil.copytree(fixtures / "one-logit-int8", directory)
    config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    (directory / "config.json").write_text(json.dumps({**config, "model_type": "roberta"}), encoding="utf-8")
    with pytest.raises(BenchError, match="only 'bert' is known"):
        start(system, directory, 64, 1)
