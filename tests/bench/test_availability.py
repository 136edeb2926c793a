"""What an experiment needs, whether it is here, and the list of what cannot be had."""

from __future__ import annotations

import shutil

import pytest

from bench.availability import fetch, survey
from bench.config import Experiment
from bench.errors import BenchError


@pytest.fixture
def experiment(collection, fixtures, tmp_path, monkeypatch):
    monkeypatch.setenv("FLASHRANK_CACHE_DIR", str(tmp_path / "models"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

    def make(**changes):
        rows = {"datasets": [{"path": str(collection)}], "models": [{"path": str(fixtures / "one-logit-int8")}]}
        return Experiment.model_validate({"name": "x", **rows, **changes})

    return make


def test_what_is_here_is_present(experiment):
    needs = list(survey(experiment()))
    assert [(need.what, need.availability.present) for need in needs] == [
        ("dataset", True),
        ("candidates", True),
        ("model", True),
    ]


def test_what_is_not_here_is_told_with_size_or_reason(experiment, collection, tmp_path):
    datasets = [
        {"path": str(collection), "candidates": {"source": "run", "file": "absent.trec"}},
        {"path": str(tmp_path / "nowhere")},
        {"path": str(collection), "name": "no run", "candidates": {"source": "scoreddocs"}},
        {"id": "beir/scifcat/test"},
    ]
    needs = {(need.what, need.name): need for need in survey(experiment(datasets=datasets, models=["rank-T5-flan"]))}
    assert "no such run file" in needs["candidates", "tiny: run"].problem
    assert "no such folder" in needs["dataset", "nowhere"].problem
    assert "comes with no scored documents" in needs["candidates", "no run: scoreddocs"].problem
    assert "did you mean" in needs["dataset", "beir/scifcat/test"].problem
    model = needs["model", "rank-T5-flan"].availability
    assert (model.present, model.download_bytes) == (False, 77_246_772)
    assert not (tmp_path / "models").exists()


def test_everything_that_cannot_be_had_is_told_at_once(experiment, tmp_path):
    wanted = experiment(datasets=[{"path": str(tmp_path / "nowhere")}], models=["rank-T5-flan"])
    with pytest.raises(BenchError, match=r"^2 of the things") as caught:
        fetch(wanted)
    assert "dataset nowhere: " in str(caught.value)
    assert "model rank-T5-flan: " in str(caught.value)
    with pytest.raises(BenchError, match="nothing of this experiment can be had"):
        fetch(wanted, skip_unavailable=True)


def test_skipping_leaves_out_what_cannot_be_had_and_says_so(experiment, collection, fixtures, tmp_path):
    wanted = experiment(
        datasets=[{"path": str(tmp_path / "nowhere")}, {"path": str(collection)}],
        models=["rank-T5-flan", {"path": str(fixtures / "two-logits-int8")}],
    )
    available, left_out = fetch(wanted, skip_unavailable=True)
    assert [dataset.name for dataset in available.datasets] == ["tiny"]
    assert [model.label for model in available.models] == ["two-logits-int8"]
    assert [line.split(":")[0] for line in left_out] == ["dataset nowhere", "model rank-T5-flan"]


def test_an_empty_collection_is_refused(experiment, collection, tmp_path):
    folder = shutil.copytree(collection, tmp_path / "empty")
    (folder / "corpus.jsonl").write_text("")
    with pytest.raises(BenchError, match="no documents"):
        fetch(experiment(datasets=[{"path": str(folder)}]))
