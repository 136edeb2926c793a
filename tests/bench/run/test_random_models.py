"""Experiments with models of random weights: timed, recorded as what they are, and never judged."""

from __future__ import annotations

import json

import pytest
import yaml

from bench.common.errors import BenchError
from bench.experiment.reranker import RerankerSpec
from bench.results.folder import RunDirectory
from bench.run.planning import quality_cell

SHAPE = {"layers": 2, "hidden_size": 48, "vocabulary": 4096}
LABEL = "L-2 x 48 (random weights)"


@pytest.fixture
def depth_file(tmp_path, fixtures):
    path = tmp_path / "depth.yaml"
    grid = {"tokens": [16, 32], "passages": 2, "repeats": 2, "min_repeats": 1, "warmup": 0}
    models = [{"path": str(fixtures / "one-logit-int8")}, {"random": SHAPE}]
    path.write_text(yaml.safe_dump({"models": models, "latency": grid}))
    return path


@pytest.mark.slow
def test_they_are_timed_and_recorded_as_what_they_are(bench, depth_file, tmp_path):
    done = bench("run", depth_file)
    assert done.returncode == 0, done.stderr
    results = RunDirectory(tmp_path / "runs" / "depth").load()
    assert [(model.name, model.layers, model.hidden_size) for model in results.models][1] == (LABEL, 2, 48)
    assert (results.latency["model"] == LABEL).sum() == 4
    assert not results.missing
    manifests = (tmp_path / "runs" / "depth" / "latency").glob("*/manifest.json")
    recorded = {manifest["model"]: manifest.get("random") for manifest in map(json.loads, map(_text, manifests))}
    assert recorded[LABEL]["layers"] == 2
    assert recorded["one-logit-int8"] is None
    assert LABEL in (tmp_path / "runs" / "depth" / "report" / "report.html").read_text()
    again = bench("run", depth_file)
    assert f"latency grid: {LABEL}: already finished" in again.stdout


def test_validate_says_what_they_are(bench, depth_file):
    said = " ".join(bench("validate", depth_file).stdout.split())
    assert LABEL in said
    assert "random weights, made on first use" in said
    assert "ready to run" in said


def test_their_rankings_are_never_judged():
    reranker = RerankerSpec.model_validate({"random": SHAPE})
    with pytest.raises(BenchError, match="random weights have no quality"):
        quality_cell(None, ["nDCG@10"], reranker, None, 1)


def _text(path):
    return path.read_text()
