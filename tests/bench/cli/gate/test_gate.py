"""The verbs in one process: a baseline, results against it, and a gate against a commit."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from bench.cli.gate import baseline, compare, gate
from bench.common.errors import BenchError
from bench.gate.baseline import read_evidence, write_baseline
from tests.bench.conftest import ROOT

MODULES = {"baseline": baseline, "compare": compare, "gate": gate}


def run_verb(*arguments):
    verb, *words = map(str, arguments)
    module, parser = MODULES[verb], argparse.ArgumentParser()
    module.add_arguments(parser)
    return module.run(parser.parse_args(words), Console(quiet=True))


@pytest.fixture(scope="module")
def measured(tmp_path_factory, collection, fixtures):
    """A folder with an experiment, its results and its baseline."""
    folder = tmp_path_factory.mktemp("measured")
    experiment = {
        "datasets": [{"path": str(collection)}],
        "candidates": {"depth": 20},
        "models": [{"path": str(fixtures / name), "threads": 1} for name in ("one-logit-int8", "two-logits-int8")],
    }
    (folder / "tiny.yaml").write_text(yaml.safe_dump(experiment))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        assert run_verb("baseline", "tiny.yaml", "--out", "baseline") == 0
    return folder


@pytest.fixture
def call(measured, tmp_path, monkeypatch):
    """Run one verb in a copy of that folder and return its exit code."""
    shutil.copytree(measured, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return run_verb


@pytest.fixture(name="baseline")
def _baseline(call):  # noqa: ARG001
    return Path("baseline")


class TestBaseline:
    def test_is_text_that_a_person_can_review(self, baseline):
        assert sorted(path.name for path in baseline.iterdir()) == ["baseline.json", "quality.csv"]
        lines = (baseline / "quality.csv").read_text().splitlines()
        assert lines[0] == "dataset,model,query_id,measure,value"
        assert len(lines) == 1 + 2 * 14
        assert {line.split(",")[3] for line in lines[1:]} == {"nDCG@10"}
        manifest = json.loads((baseline / "baseline.json").read_text())
        assert manifest["gate"]["margin"] == 0.005
        assert set(manifest["inputs"]["tiny"]) == {"queries", "qrels", "candidates"}

    def test_reads_back_to_the_last_digit(self, baseline):
        kept, measured = (read_evidence(path).results.quality for path in (baseline, Path("runs/tiny-baseline")))
        primary = measured[(measured["measure"] == "nDCG@10") & (measured["model"] != "BM25")]
        assert kept["value"].tolist() == primary["value"].tolist()
        assert kept["query_id"].tolist() == primary["query_id"].tolist()

    def test_made_again_it_is_the_same(self, call, baseline):
        before = {path.name: path.read_bytes() for path in baseline.iterdir()}
        assert call("baseline", "tiny.yaml", "--out", "again") == 0
        assert {path.name: path.read_bytes() for path in Path("again").iterdir()} == before

    def test_judges_results(self, call, baseline):
        assert call("compare", baseline, "tiny-baseline", "--out", "verdict") == 0
        verdict = json.loads(Path("verdict/verdict.json").read_text())
        assert verdict["outcome"] == "pass"
        assert [finding["reason"] for finding in verdict["findings"]] == ["no query has another value"] * 2
        assert Path("verdict/summary.md").read_text().startswith("## Gate: passed\n")

    def test_catches_a_loss(self, call, baseline):
        values = (baseline / "quality.csv").read_text()
        better = [line.rsplit(",", 1) for line in values.splitlines()[1:]]
        rows = [f"{row},{float(value) + 0.1!r}" for row, value in better]
        (baseline / "quality.csv").write_text("\n".join([values.splitlines()[0], *rows]) + "\n")
        assert call("compare", baseline, "tiny-baseline", "--only", "quality") == 1

    def test_of_an_unfinished_run_is_refused(self, call, baseline):
        manifest = next(Path("runs/tiny-baseline/quality").rglob("one-logit-int8/manifest.json"))
        manifest.unlink()
        assert call("compare", baseline, "tiny-baseline") == 3
        with pytest.raises(BenchError, match=r"not finished, so no baseline: .*one-logit-int8"):
            write_baseline(read_evidence(Path("runs/tiny-baseline")), Path("other"))
        assert not Path("other").exists()

    @pytest.mark.parametrize("damage", ["{", "[]", '{"name": "x"}'])
    def test_damaged_is_refused(self, call, baseline, damage):
        (baseline / "baseline.json").write_text(damage)
        with pytest.raises(BenchError, match="not a whole baseline"):
            call("compare", baseline, "tiny-baseline")


def test_a_folder_that_holds_no_run_is_refused(call):
    with pytest.raises(BenchError, match="no run here"):
        call("compare", "nowhere", "nowhere")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
@pytest.mark.slow
def test_the_gate_judges_this_checkout_against_a_commit(call):
    code = call(
        "gate", "tiny.yaml", "--models", "one-logit-int8", "--base", "HEAD", "--only", "quality", "--out", "verdict"
    )
    verdict = json.loads(Path("verdict/verdict.json").read_text())
    assert code == verdict["exit_code"]
    assert verdict["base"].startswith("HEAD (")
    assert [finding["part"] for finding in verdict["findings"]] == ["quality"]


def test_a_base_that_is_no_commit_is_refused(call):
    with pytest.raises(BenchError, match="no such commit"):
        call("gate", "tiny.yaml", "--base", "no-such-branch")
