"""Versions: none may stay as it is while its numbers change, and a cell names those that it depends on, no others."""

from __future__ import annotations

import json

import pytest

from bench.experiment.cold_start import ColdStartSpec
from bench.experiment.grids import LatencySpec, SweepSpec
from bench.experiment.peers import PeersSpec
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import Experiment
from bench.measure.quality import reranked_run
from bench.provenance import versions
from bench.provenance.versions import LIBRARIES, VERSIONS, versions_of
from bench.run.planning import cold_start_cell, comparison_cell, first_stage_cell, latency_cell, load_task, quality_cell
from flashrank import ModelFiles, locate_model

from . import version_references
from .version_references import FILE, RAISE, REFERENCES, as_json, difference

KNOWN = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", VERSIONS)
def test_the_numbers_are_those_of_the_version(name):
    compute, tolerance = REFERENCES[name]
    assert KNOWN[name]["version"] == VERSIONS[name], (
        f"{name} was raised: write its numbers down with python -m tests.bench.provenance.version_references"
    )
    moved = difference(KNOWN[name]["numbers"], as_json(compute()), tolerance)
    assert not moved, f"{name}: {moved}; {RAISE.format(name)}"


def test_every_version_has_numbers():
    assert list(VERSIONS) == list(REFERENCES) == list(KNOWN)


@pytest.mark.parametrize(
    ("place", "change", "names"),
    [
        ("flashrank.scoring.pair_encoder.longest_first", lambda query, _, room: (query, room - query), "tokenization"),
        ("flashrank.scoring.session.scores_from_logits", lambda logits: logits[:, 0], "engine"),
        ("flashrank.cascade.rescoring.TOP", 5, "cascade"),
        ("flashrank.listwise.scorer.user_turn", lambda query, passages: f"{query} {passages}", "listwise"),
        ("bench.data.first_stages.bm25._METHOD", "robertson", "bm25"),
        ("bench.measure.quality.reordered", lambda ids, logits, _: list(zip(ids, logits, strict=True)), "quality"),
        ("bench.measure.sweep.sweep.reranked_run", lambda task, logits, _: reranked_run(task, logits), "sweep"),
        ("bench.measure.latency.QUERY", "another query", "latency"),
        ("bench.measure.footprint._SECONDS", 2.0, "footprint"),
        ("bench.measure.energy._name", lambda _: "package", "energy"),
        ("bench.measure.fidelity._MOST", 0.75, "peers"),
    ],
)
def test_another_behaviour_is_noticed(monkeypatch, place, change, names):
    monkeypatch.setattr(place, change)
    compute, tolerance = REFERENCES[names]
    assert difference(KNOWN[names]["numbers"], as_json(compute()), tolerance)


def test_numbers_that_moved_are_not_written_over(monkeypatch, tmp_path):
    copy = tmp_path / "references.json"
    copy.write_text(FILE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(version_references, "FILE", copy)
    monkeypatch.setattr(version_references, "REFERENCES", {"energy": (lambda: {"joules": 9.0}, 0.0)})
    with pytest.raises(
        SystemExit, match=r"energy: joules: 1\.75 -> 9\.0; .*raise 'energy' in bench/provenance/versions\.py"
    ):
        version_references.main()
    assert json.loads(copy.read_text(encoding="utf-8")) == KNOWN
    monkeypatch.setitem(VERSIONS, "energy", VERSIONS["energy"] + 1)
    version_references.main()
    assert json.loads(copy.read_text(encoding="utf-8")) == {"energy": {"version": 2, "numbers": {"joules": 9.0}}}


@pytest.fixture
def cells(collection, tmp_path, fixtures):
    experiment = Experiment.model_validate({"name": "x", "datasets": [{"path": str(collection)}]})
    task = load_task(experiment, experiment.datasets[0], tmp_path)
    row = RerankerSpec(path=fixtures / "one-logit-int8")
    gguf = tmp_path / "listwise.gguf"
    gguf.write_bytes(b"GGUF")

    def make():
        measures, files, grid = ("nDCG@10",), locate_model(row.path), LatencySpec()
        listwise = ModelFiles(tmp_path, gguf, None)
        peers = PeersSpec.model_validate({"systems": ["a"], "workloads": [{"mix": "short"}]})
        return {
            "first stage": first_stage_cell(task, measures),
            "quality": quality_cell(task, measures, row, files, 2),
            "sweep": quality_cell(task, measures, row, files, 2, SweepSpec()),
            "latency": latency_cell(grid, row, files, 2),
            "peers": comparison_cell(peers, peers.workloads[0], (), {}, row, files, 2),
            "cold start": cold_start_cell(ColdStartSpec(systems=("a",)), (), {}, row, files),
            "listwise": quality_cell(task, measures, row, listwise, 2),
        }

    return make


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("tokenization", {"quality", "sweep", "latency", "peers", "cold start"}),
        ("engine", {"quality", "sweep", "latency", "peers", "cold start"}),
        ("listwise", {"listwise"}),
        ("bm25", set()),  # candidates are among the inputs; the version is in the key of the index
        ("quality", {"first stage", "quality", "sweep", "listwise"}),
        ("sweep", {"sweep"}),
        ("latency", {"latency"}),
        ("footprint", {"latency"}),
        ("energy", {"latency"}),
        ("peers", {"peers"}),
        ("cold start", {"cold start"}),
    ],
)
def test_a_cell_depends_on_its_own_versions(cells, monkeypatch, name, changed):
    before = cells()
    monkeypatch.setitem(versions.VERSIONS, name, 99)
    after = cells()
    assert {kind for kind in before if before[kind].key != after[kind].key} == changed


def test_libraries_are_those_that_answer(cells):
    assert tuple(cells()["quality"].inputs["versions"]) == LIBRARIES["cross-encoder"]
    assert tuple(cells()["listwise"].inputs["versions"]) == ("llama_cpp_python",)
    assert "code" not in cells()["quality"].inputs


def test_versions_of_a_cell():
    assert versions_of("first stage") == {"quality": VERSIONS["quality"]}
