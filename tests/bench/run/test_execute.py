"""Which model a run loads: what the row says reaches ``Ranker``."""

from __future__ import annotations

import json
import shutil

import pytest
from rich.console import Console

from bench.experiment.schema import Experiment
from bench.results.folder import RunDirectory
from bench.run import rankers as module
from bench.run.execute import run_experiment
from flashrank import Ranker

GRID = {"tokens": [32], "passages": 2, "repeats": 1, "min_repeats": 1, "warmup": 0}


@pytest.fixture
def rankers(monkeypatch):
    """What ``Ranker`` was asked for, in order."""
    asked = []

    def make(**arguments):
        asked.append(arguments)
        return Ranker(**arguments)

    monkeypatch.setattr(module, "Ranker", make)
    return asked


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"template": "Query: {query} Document: {passage}"},
        {"file": "model.onnx", "max_length": 64},
        {"graph": "fast"},
        {"first": "nano", "patience": 3},
    ],
)
def test_what_a_row_says_reaches_the_ranker_and_the_manifest(fixtures, tmp_path, rankers, said):
    model = shutil.copytree(fixtures / "one-logit-int8", tmp_path / "one-logit-int8")
    row = {"path": str(model), "label": model.name, "threads": 1, **said}
    experiment = Experiment.model_validate({"name": "x", "models": [row], "latency": GRID})
    out = RunDirectory(tmp_path / "run")
    with out.open():
        out.record(experiment)
        run_experiment(experiment, out, Console(quiet=True))
    (arguments,) = rankers
    named = {"model_name": row["path"], "threads": 1, "max_length": 512, "log_level": "ERROR"}
    assert arguments == named | said
    manifest = json.loads((tmp_path / "run" / "latency" / "one-logit-int8" / "manifest.json").read_text())
    assert {name: manifest[name] for name in said} == said
    rare = {"random", "revision", "file", "template", "graph", "first", "patience"}
    assert rare & set(manifest) == rare & set(said)
