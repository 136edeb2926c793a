"""Experiment files: where they are found, and the line that every mistake is reported with."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.common.errors import BenchError
from bench.experiment.file import find_experiment, list_experiments, load_experiment
from bench.run.availability import survey
from flashrank import find_model, list_models


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("argument", ["configs/beir.yaml", "beir.yaml", "beir", "eval_configs/beir.yaml"])
def test_a_shipped_experiment_is_found_by_any_of_its_names(argument, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_experiment(argument).name == "beir.yaml"


def test_a_file_that_exists_goes_first(write, monkeypatch):
    path = write("").rename(write("").with_name("beir.yaml"))
    monkeypatch.chdir(path.parent)
    assert find_experiment("beir.yaml") == Path("beir.yaml")


def test_an_unknown_experiment_names_the_known():
    with pytest.raises(BenchError, match=r"'bier\.yaml'; give a path, or one of: beir-full, beir, latency"):
        find_experiment("bier.yaml")


@pytest.mark.parametrize("path", list_experiments(), ids=lambda path: path.stem)
def test_the_shipped_experiments_are_valid_and_complete(path):
    experiment = load_experiment(path)
    assert experiment.name == path.stem
    assert experiment.description
    ready = [spec for spec in list_models() if spec.kind == "cross-encoder" and (spec.hosted or spec.bundled)]
    english = [spec.name for spec in ready if spec.languages != ("ar",)]
    chosen = {
        "quickstart": ["nano"],
        "multilingual": ["ms-marco-MultiBERT-L-12"],
        "peers": ["ms-marco-TinyBERT-L-2-v2", "nano", "ms-marco-MiniLM-L-12-v2"],
    }
    expected = chosen.get(path.stem, english)
    assert sorted(model.name for model in experiment.models if model.name is not None) == sorted(expected)


def test_the_quickstart_downloads_nothing():
    experiment = load_experiment(find_experiment("quickstart"))
    assert all(need.availability.present for need in survey(experiment))
    assert all(find_model(model.name).bundled for model in experiment.models)


def test_the_shipped_experiments_name_datasets_of_ir_datasets():
    from bench.data.collections.opening import open_collection

    datasets = [dataset for path in list_experiments() for dataset in load_experiment(path).datasets]
    assert len(datasets) == 8 + 26 + 13 + 3 + 1 + 5
    for dataset in datasets:
        open_collection(dataset)


def test_paths_are_relative_to_the_file(write):
    path = write("datasets: [{path: data/med}]\nmodels: [{path: ../m}]\ncandidates: {source: run, file: a.trec}\n")
    experiment = load_experiment(path)
    assert experiment.name == "mine"
    assert experiment.datasets[0].path == path.parent / "data/med"
    assert experiment.datasets[0].name == "med"
    assert experiment.models[0].path == path.parent / "../m"
    assert experiment.candidates.file == path.parent / "a.trec"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "datasets:\n  - id: a\n    nam: b\n",
            r"mine\.yaml:3: datasets\.0\.nam: unknown key; allowed here: id, collection, path",
        ),
        ("datasets: [{id: a}]\nfoo: 1\n", r"mine\.yaml:2: foo: unknown key; allowed here: name, description, datasets"),
        (
            "datasets:\n- id: a\ncandidates:\n  source: bm52\n",
            r":4: candidates\.source: .*'bm25', 'run' or 'scoreddocs'.*'bm52'",
        ),
        (
            "datasets:\n- id: a\nmodels:\n- m\n- name: n\n  threads: 0\n",
            r":6: models\.1\.threads: .*greater than or equal to 1",
        ),
        ("datasets: [{id: a}]\nmeasures: [nope]\n", r":2: measures: 'nope' is no ir-measures expression"),
        ("datasets: [{id: a}]\ndatasets: []\n", r":2: `datasets` is given twice"),
        ("datasets: [\n", r":2: not YAML"),
        ("description: !foo x\n", r":1: not YAML"),
        ("description: 2024-99-99\n", r"not YAML: month must be in 1..12"),
        ("? [a]\n: b\n", r"not YAML: "),
        ("x: &a [*a]\n", r"not YAML|unknown key|nothing to measure"),
        ("- a\n", r":1: an experiment is a mapping"),
        ("", r"an experiment is a mapping"),
        ("name: x\n", r":1: the experiment: nothing to measure"),
    ],
)
def test_mistakes_come_with_their_line(write, text, message):
    with pytest.raises(BenchError, match=message):
        load_experiment(write(text))


def test_every_mistake_is_told_at_once(write):
    with pytest.raises(BenchError) as caught:
        load_experiment(write("datasets: [{id: a}]\nfoo: 1\nbar: 2\n"))
    assert len(str(caught.value).splitlines()) == 2


LISTWISE = "rank_zephyr_7b_v1_full"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("datasets: [{id: a}]\nsweep: {}\n", r":5: models\.1: .*, so `sweep` cannot measure it; leave out `sweep`"),
        ("datasets: []\nlatency: {}\n", r":5: models\.1: .*, so `latency` cannot measure it; leave out `latency`"),
        ("datasets: [{id: a}]\nsweep: {}\nlatency: {}\n", r":6: models\.1: .*, so `sweep` and `latency` cannot"),
    ],
)
@pytest.mark.parametrize("by", ["name", "path"])
def test_grids_of_a_listwise_model_are_refused(write, tmp_path, text, message, by):
    (tmp_path / LISTWISE).mkdir()
    (tmp_path / LISTWISE / "model.gguf").write_bytes(b"GGUF")
    row = LISTWISE if by == "name" else f"path: {LISTWISE}"
    with pytest.raises(BenchError, match=message) as caught:
        load_experiment(write(f"{text}models:\n- nano\n- {row}\n"))
    assert len(str(caught.value).splitlines()) == 1


def test_quality_of_a_listwise_model_is_not_refused(write):
    experiment = load_experiment(write(f"datasets: [{{id: a}}]\nmodels: [nano, {LISTWISE}]\n"))
    assert [row.label for row in experiment.models] == ["nano", LISTWISE]


def test_a_missing_or_binary_file(tmp_path, write):
    with pytest.raises(BenchError, match="cannot be read"):
        load_experiment(tmp_path / "absent.yaml")
    path = write("")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BenchError, match="cannot be read"):
        load_experiment(path)


@pytest.mark.parametrize("number", ["1_0", "010", "0x10", "0b11", "1:30", ".inf", "-.inf", ".nan", "1_0.5", "1:30.5"])
def test_numbers_that_yaml_reads_as_others_than_they_look_are_refused_by_line(write, number):
    path = write(f"datasets: [{{path: data}}]\ncandidates:\n  depth: {number}\n")
    with pytest.raises(BenchError) as caught:
        load_experiment(path)
    assert str(caught.value) == f"{path}:3: {number}: write a number in decimal digits, as 10"


@pytest.mark.parametrize("text", ['depth: "1_0"', "depth: ' 10 '", "depth: true", 'k1: "1_0"', 'k1: "nan"', "b: yes"])
def test_texts_and_truths_that_are_no_plain_numbers_are_refused_by_line(write, text):
    key = text.split(":")[0]
    with pytest.raises(BenchError, match=rf"mine\.yaml:3: candidates\.{key}: .* is not a finite number in decimal dig"):
        load_experiment(write(f"datasets: [{{path: data}}]\ncandidates:\n  {text}\n"))


@pytest.mark.parametrize(("written", "k1"), [("1", 1.0), ("1.5", 1.5), ("5e-1", 0.5), ("+1.0e+0", 1.0), ("0", 0.0)])
def test_decimal_numbers_are_read(write, written, k1):
    path = write(f"datasets: [{{path: data}}]\ncandidates: {{k1: {written}}}\nname: x\ndescription: '1_0'\n")
    assert load_experiment(path).candidates.k1 == k1


def test_a_number_too_large_to_be_finite_is_refused_by_line(write):
    path = write("models: [nano]\nlatency:\n  max_seconds: 1e400\n")
    with pytest.raises(BenchError, match=r"mine\.yaml:3: latency\.max_seconds: .*finite number"):
        load_experiment(path)
