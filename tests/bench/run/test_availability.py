"""What an experiment needs, whether it is here, and the list of what cannot be had."""

from __future__ import annotations

import shutil

import pytest

from bench.common.errors import BenchError
from bench.experiment.grids import LatencySpec
from bench.experiment.schema import Experiment
from bench.random_models import store
from bench.run.availability import how_to_get, model_files, survey
from bench.run.fetch import fetch, with_stand_ins
from flashrank import find_model

RANDOM = {"random": {"layers": 1, "hidden_size": 48, "vocabulary": 4096}}
GRID = {"tokens": [16], "passages": 1, "repeats": 1, "min_repeats": 1}


@pytest.fixture
def experiment(collection, fixtures, tmp_path, monkeypatch):
    monkeypatch.setenv("FLASHRANK_CACHE_DIR", str(tmp_path / "models"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

    monkeypatch.setattr(store, "default_folder", lambda: tmp_path / "random-models")

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


@pytest.mark.parametrize(
    ("file", "text", "wrong"),
    [
        ("corpus.jsonl", '{"_id": "d0", "text": "x"}\n{"_id": "d0", "text": "y"}\n', "was used on an earlier line"),
        ("corpus.jsonl", '{"_id": "other", "text": "x"}\n', "none of its [0-9]+ relevant judged documents"),
    ],
)
def test_documents_that_do_not_fit_are_refused_before_work(experiment, collection, tmp_path, file, text, wrong):
    folder = shutil.copytree(collection, tmp_path / "changed")
    (folder / file).write_text(text)
    with pytest.raises(BenchError, match=wrong):
        fetch(experiment(datasets=[{"path": str(folder)}]))


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("q0 Q0 elsewhere 2 1.0 t", "1 of the documents asked for are not in the collection, the first is 'elsewhere'"),
        ("q0 Q0 d2 2 inf t", r"first\.trec:2: score 'inf' is not a finite number"),
    ],
)
def test_a_run_that_does_not_fit_is_refused_before_work(experiment, collection, tmp_path, line, wrong):
    run = tmp_path / "first.trec"
    run.write_text(f"q0 Q0 d1 1 2.0 t\n{line}\n")
    wanted = experiment(datasets=[{"path": str(collection), "candidates": {"source": "run", "file": str(run)}}])
    with pytest.raises(BenchError, match=wrong):
        fetch(wanted)


def test_cores_that_the_machine_lacks_are_told(timing, monkeypatch):
    monkeypatch.setattr("bench.run.availability.available_cores", lambda: 2)
    *_, need = survey(timing("nano").model_copy(update={"latency": LatencySpec(threads=(2, 3))}))
    assert (need.what, need.availability) == ("cores", None)
    assert need.problem.startswith("latency: `threads` asks for 3, but this process may use 2")
    assert [need.what for need in survey(timing("nano"))] == ["model"]


@pytest.fixture
def timing(experiment):
    """Make an experiment of latency alone."""
    return lambda *models: experiment(datasets=[], latency=GRID, models=list(models))


def test_a_model_of_random_weights_is_there_and_made_when_it_is_fetched(timing, tmp_path):
    wanted = timing(RANDOM)
    (need,) = survey(wanted)
    assert (need.name, need.availability.present) == ("L-1 x 48 (random weights)", True)
    assert "random weights, made on first use" in need.availability.detail
    assert not (tmp_path / "random-models").exists()
    available, left_out = fetch(wanted)
    assert (available.models, left_out) == (wanted.models, [])
    files = model_files(wanted.models[0])
    assert files.directory.parent == tmp_path / "random-models"
    assert files.weights.is_file()


def test_without_the_onnx_package_a_model_of_random_weights_cannot_be_had(timing, monkeypatch):
    monkeypatch.setattr(store, "find_spec", lambda _: None)
    (need,) = survey(timing(RANDOM))
    assert need.availability is None
    assert "pip install onnx" in need.problem
    with pytest.raises(BenchError, match=r"model L-1 x 48 \(random weights\): .*pip install onnx"):
        fetch(timing(RANDOM))


def test_random_weights_stand_in_only_for_what_cannot_be_had(timing):
    may = {"or_random": True}
    wanted = timing({"name": "rank-T5-flan", **may, "threads": 1}, {"name": "nano", **may}, "ms-marco-MultiBERT-L-12")
    found = with_stand_ins(wanted)
    assert [row.label for row in found.models] == ["rank-T5-flan (random weights)", "nano", "ms-marco-MultiBERT-L-12"]
    stand_in = found.models[0]
    assert (stand_in.name, stand_in.or_random, stand_in.threads) == (None, False, 1)
    assert (stand_in.random.architecture, stand_in.random.layers) == ("T5 encoder", 12)
    assert Experiment.model_validate_json(found.model_dump_json()) == found
    assert with_stand_ins(found) == found


def test_what_may_be_replaced_says_so_before_it_is(timing):
    (need,) = survey(timing({"name": "rank-T5-flan", "or_random": True}))
    assert not need.availability.present
    assert "if it cannot be had, random weights stand in for it" in need.availability.detail


def test_a_model_that_must_be_exported_names_the_command(timing):
    (need,) = survey(timing("InRanker-small"))
    assert need.availability is None
    assert need.problem.endswith("make it with: flashrank export unicamp-dl/InRanker-small InRanker-small")


def test_how_a_model_comes_to_be_on_disk():
    ways = {name: how_to_get(find_model(name)) for name in ("nano", "rank-T5-flan", "InRanker-small")}
    assert ways == {
        "nano": "built in",
        "rank-T5-flan": "download, 77.2 MB",
        "InRanker-small": "flashrank export unicamp-dl/InRanker-small InRanker-small",
    }


def test_a_model_of_the_hub_is_looked_for_by_its_revision_and_file(timing, monkeypatch):
    asked = []
    monkeypatch.setattr("bench.run.availability.locate_model", lambda *args, **kwargs: asked.append((args, kwargs)))
    row = {"name": "org/name", "revision": "abc", "file": "onnx/model.onnx"}
    (need,) = survey(timing(row))
    assert asked == [(("org/name",), {"revision": "abc", "file": "onnx/model.onnx"})]
    assert (need.availability.present, need.availability.download_bytes) == (False, None)


def test_the_model_that_comes_first_has_to_be_here_too(timing):
    cascade = {"name": "nano", "first": "ms-marco-TinyBERT-L-2-v2"}
    (need,) = (need for need in survey(timing(cascade)) if need.what == "model")
    assert not need.availability.present
    assert need.availability.download_bytes == find_model("ms-marco-TinyBERT-L-2-v2").archive_bytes
    assert "; ms-marco-TinyBERT-L-2-v2 before it: not in " in need.availability.detail
    (need,) = (need for need in survey(timing({**cascade, "first": "no-such-model"})) if need.what == "model")
    assert need.availability is None
    assert "'no-such-model' is neither a known model" in need.problem
