"""What a gate measures: which models, on what, and from whose files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bench.common.errors import BenchError
from bench.experiment.file import find_experiment, load_experiment
from bench.experiment.gate_limits import TimedSpec
from bench.experiment.schema import Experiment
from bench.gate.jobs import ModelPlace, copy_model, plan_jobs, select_judged
from bench.random_models.store import random_model
from flashrank import Ranker
from flashrank.scoring.samples import SAMPLES
from tests.flashrank.conftest import is_fast

RANDOM = {"random": {"layers": 1, "hidden_size": 8, "vocabulary": 4096}, "passages": 7}


@pytest.fixture
def experiment(collection, fixtures):
    return Experiment.model_validate(
        {
            "name": "tiny",
            "datasets": [{"path": collection}],
            "models": [{"path": fixtures / name} for name in ("one-logit-int8", "two-logits-int8")],
            "gate": {"passages": 3, "timed": [RANDOM, {"path": fixtures / "one-logit-fp32", "graph": "fast"}]},
        }
    )


def labels(experiment):
    return [row.label for row in experiment.models], [row.label for row in experiment.gate.timed]


class TestPlan:
    def planned(self, experiment, parts, tasks=("first", "second")):
        jobs = plan_jobs(experiment, experiment.gate, tasks, parts)
        return [(job.task, job.model.label, job.passages, job.parts) for job in jobs]

    def test_what_is_only_timed_is_timed_on_the_first_dataset(self, experiment):
        both = ("quality", "speed")
        assert self.planned(experiment, both) == [
            ("first", "one-logit-int8", 3, both),
            ("first", "two-logits-int8", 3, both),
            ("second", "one-logit-int8", 3, both),
            ("second", "two-logits-int8", 3, both),
            ("first", "L-1 x 8 (random weights)", 7, ("speed",)),
            ("first", "one-logit-fp32", 50, ("speed",)),
        ]

    def test_of_quality_alone_it_has_no_part(self, experiment):
        planned = self.planned(experiment, ("quality",), ("first",))
        assert [label for _, label, _, _ in planned] == ["one-logit-int8", "two-logits-int8"]

    def test_it_is_no_comparison_of_quality(self, experiment):
        jobs = plan_jobs(experiment, experiment.gate, ["first", "second"], ("quality", "speed"))
        assert {job.comparisons for job in jobs} == {4}


class TestSelection:
    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            ([], (["one-logit-int8", "two-logits-int8"], ["L-1 x 8 (random weights)", "one-logit-fp32"])),
            (["two-logits-int8"], (["two-logits-int8"], [])),
            (["one-logit-fp32"], ([], ["one-logit-fp32"])),
            (["one-logit-fp32", "one-logit-int8"], (["one-logit-int8"], ["one-logit-fp32"])),
        ],
    )
    def test_models_are_named_wherever_they_stand(self, experiment, names, expected):
        assert labels(select_judged(experiment, models=names)) == expected

    def test_a_name_may_be_of_both(self):
        rows = {"models": ["nano"], "gate": {"timed": [{"name": "nano", "label": "nano, fast", "graph": "fast"}]}}
        experiment = Experiment.model_validate({"name": "x", "datasets": [{"id": "builtin/python-docs"}], **rows})
        assert labels(select_judged(experiment, models=["nano"])) == (["nano"], ["nano, fast"])

    def test_a_name_of_neither_is_refused(self, experiment):
        with pytest.raises(BenchError, match="the experiment has no model 'other'; it has: one-logit-int8"):
            select_judged(experiment, models=["one-logit-fp32", "other"])

    def test_datasets_are_narrowed_too(self, experiment):
        with pytest.raises(BenchError, match="the experiment has no dataset 'other'"):
            select_judged(experiment, datasets=["other"])


class TestCopies:
    def test_what_a_version_keeps_beside_a_model_is_its_own(self, fixtures, tmp_path):
        source = shutil.copytree(fixtures / "one-logit-int8", tmp_path / "source")
        assert is_fast(Ranker(source, graph="fast"))
        assert (source / ".fast").is_dir()
        row = TimedSpec(path=source)
        base, new = (copy_model(row, tmp_path / label) for label in ("base", "new"))
        assert base.model != new.model
        for place in (base, new):
            assert sorted(path.name for path in _files(place)) == sorted(
                path.name for path in source.iterdir() if path.name != ".fast"
            )
        assert is_fast(Ranker(base.model, graph="fast"))
        assert copy_model(row, tmp_path / "base") == base
        assert ".fast" in [path.name for path in _files(base)]
        assert ".fast" not in [path.name for path in _files(new)]

    def test_a_named_model_is_found_by_its_name_in_the_copy(self, tmp_path, monkeypatch, fixtures):
        name = "ms-marco-MiniLM-L-12-v2"
        monkeypatch.setenv("FLASHRANK_CACHE_DIR", str(tmp_path / "cache"))
        files = type(
            "Files", (), {"directory": shutil.copytree(fixtures / "one-logit-int8", tmp_path / "cache" / name)}
        )
        monkeypatch.setattr("bench.gate.jobs.model_files", lambda _: files)
        assert copy_model(TimedSpec(name=name), tmp_path / "new") == ModelPlace(name, str(tmp_path / "new"))
        assert (tmp_path / "new" / name / "model.onnx").is_file()

    def test_the_model_in_the_package_is_each_versions_own(self, tmp_path):
        assert copy_model(TimedSpec(name="nano"), tmp_path) == ModelPlace("nano")
        assert list(tmp_path.iterdir()) == []


def _files(place):
    return list(Path(place.model).iterdir())


@pytest.fixture
def quickstart():
    """What the gate of the quickstart times, by label."""
    return {row.label: row for row in load_experiment(find_experiment("quickstart")).gate.timed}


def test_the_quickstart_times_a_rewritten_graph(quickstart, tmp_path):
    row = quickstart["L-2 x 128 (random weights)"]
    assert row.first is row.graph is None
    assert is_fast(Ranker(random_model(row.random, tmp_path)))


def test_the_quickstart_times_a_cascade_that_rescores_some(quickstart, tmp_path):
    row = quickstart["L-2 x 192 after nano (random weights)"]
    ranker = Ranker(random_model(row.random, tmp_path), first=row.first)
    texts = [passage for _, passages in SAMPLES for passage in passages]
    texts = [text[:60] + str(n) for n in range(5) for text in texts][: row.passages]
    shares = [sum(ranker.score(query, texts).rescored) / row.passages for query, _ in SAMPLES]
    assert 10 / row.passages <= min(shares) < 0.9
