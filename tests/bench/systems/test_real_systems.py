"""Every system for real, on the real L-12, as far as its environment was made before on this machine.

Installing them takes minutes and gigabytes, so this test installs none: ``python -m bench run peers`` does.
"""

from __future__ import annotations

import shutil

import numpy as np
import onnx
import pytest

from bench.run.float_scorer import float_scorer
from bench.systems.environments import is_made
from bench.systems.float_graph import dequantised
from bench.systems.processes import start
from bench.systems.rows import SYSTEMS
from flashrank import Ranker, resolve_model

QUERY = "how many people live in london"
TEXTS = [
    "Paris is the capital of France, with two million people.",
    "London has 8.9 million people.",
    "A cat sat on the mat. " * 40,
    "people live in houses " * 200,
]


@pytest.fixture(scope="module")
def model(shared, tmp_path_factory):
    """A copy of the model: a graph that is made faster is kept beside the file that it was made from."""
    directory = tmp_path_factory.mktemp("models") / "ms-marco-MiniLM-L-12-v2"
    shutil.copytree(shared / "models" / directory.name, directory, copy_function=shutil.copyfile)
    return directory


@pytest.fixture(scope="module")
def in_float(model, tmp_path_factory):
    """The logits of the same weights in float32, by onnxruntime, a pair at a time."""
    directory = tmp_path_factory.mktemp("float") / "model"
    shutil.copytree(model, directory, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns("*.onnx"))
    onnx.save(dequantised(resolve_model(model, offline=True).weights), directory / "model.onnx")
    return np.array(Ranker(directory, offline=True).score(QUERY, TEXTS).logits)


@pytest.mark.slow
@pytest.mark.parametrize("system", [one for one in SYSTEMS if one.weights == "float32"], ids=lambda one: one.name)
def test_a_system_scores_nano_in_float32(system):
    if not is_made(system):
        pytest.skip(f"{system.label} is not installed: this check did NOT run")
    files = resolve_model("nano", offline=True)
    with start(system, files.directory, 512, 2) as process:
        scores = np.array(process.ask(QUERY, TEXTS)["scores"])
    with float_scorer(files, 512, 2) as score:
        expected = np.array(score(QUERY, TEXTS).logits)
    assert np.abs(np.log(scores) - np.log1p(-scores) - expected).max() < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_a_system_scores_the_real_model(system, model, in_float, capfd):
    if not is_made(system):
        pytest.skip(f"{system.label} is not installed: this check did NOT run")
    with start(system, model, 512, 2) as process:
        together, *alone = (process.ask(QUERY, texts) for texts in (TEXTS, *([text] for text in TEXTS)))
    assert capfd.readouterr().err == ""
    scores = np.array(together["scores"])
    assert together["order"] == [1, 0, 3, 2]
    assert together["order"] == np.argsort(-scores).tolist()
    assert together["peak_bytes"] > alone[0]["peak_bytes"] * 0.5 > 10e6
    one_by_one = np.array([answer["scores"][0] for answer in alone])
    for found in (scores, one_by_one):
        difference = np.abs(np.log(found) - np.log1p(-found) - in_float).max()
        # int8 rounds activations; in float32 torch and onnxruntime differ by the order of their sums.
        assert difference < (1e-4 if system.weights == "float32" else 0.6)
        assert system.weights == "float32" or difference > 1e-3
