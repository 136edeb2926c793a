"""A run that an earlier layout of the code left half done: it is read, reported, and finished without measuring twice.

``earlier_run/`` is what ``python -m bench run`` left at commit be4b8d7, when it was interrupted after two of the second
model's three queries. Its cells are known by hashes of the machine, the libraries and the versions of the code that
measured them, so these are put back here; everything else is today's.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from bench.cli.main import main
from bench.results.reader import read_results
from flashrank import Ranker

EARLIER = Path(__file__).parent / "earlier_run"
FINISHED, UNFINISHED = "one-logit-int8", "two-logits-int8"
#: Those of the cells that were measured then.
VERSIONS = {
    "tokenization": 1,
    "engine": 1,
    "quality": 2,
    "sweep": 2,
    "latency": 1,
    "footprint": 1,
    "energy": 1,
}


@pytest.fixture
def earlier(tmp_path, monkeypatch, fixtures):
    """A copy of the run, beside what it was measured on."""
    shutil.copytree(EARLIER, tmp_path, dirs_exist_ok=True)
    for model in (FINISHED, UNFINISHED):
        shutil.copytree(fixtures / model, tmp_path / "models" / model)
    machine = json.loads((tmp_path / "run" / "latency" / FINISHED / "machine.json").read_text())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("bench.run.planning.fingerprint", lambda: machine)
    monkeypatch.setattr("bench.provenance.versions.VERSIONS", VERSIONS)
    return tmp_path / "run"


def cells_of(run: Path) -> dict[str, bytes]:
    """Return the content of every file of the finished cells."""
    paths = [*run.glob(f"*/{FINISHED}/*"), *run.glob("quality/*/*/*")]
    return {str(path.relative_to(run)): path.read_bytes() for path in sorted(paths) if UNFINISHED not in path.parts}


def test_it_is_read(earlier):
    results = read_results(earlier)
    assert results.missing == (f"collection: {UNFINISHED}", f"latency grid: {UNFINISHED}")
    assert [model.name for model in results.models] == [FINISHED]
    values = results.quality[results.quality["measure"] == "nDCG@10"]
    means = values.groupby("model")["value"].mean()
    assert means["BM25"] == pytest.approx(0.7466, abs=5e-5)  # by hand: (.8597 + .7602 + .6199) / 3
    assert means[FINISHED] == pytest.approx(0.9668, abs=5e-5)  # as that run printed
    assert len(results.latency) == 2
    assert len(results.sweep_timings) == 3
    assert {cell.commit[:7] for cell in results.provenance} == {"be4b8d7"}


def test_its_report_is_drawn(earlier, capsys):
    assert main(["report", "run"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("report: run/report/report.html")
    page = (earlier / "report" / "report.md").read_text()
    assert "0.967" in page
    assert f"collection: {UNFINISHED}" in page


def test_it_is_finished_and_nothing_is_measured_again(earlier, monkeypatch, capsys):
    before = cells_of(earlier)
    assert len(before) == 16
    (journal,) = earlier.glob("**/*.partial.jsonl")
    found = [json.loads(line) for line in journal.read_text().splitlines()[1:]]
    loaded: list[str] = []
    load = Ranker.__init__

    def recorded(self, *arguments, **options):
        load(self, *arguments, **options)
        loaded.append(Path(self.model_dir).name)

    monkeypatch.setattr(Ranker, "__init__", recorded)
    assert main(["run", "earlier.yaml", "--out", "run"]) == 0
    assert capsys.readouterr().out.count(f"{FINISHED}: already finished") == 2
    assert cells_of(earlier) == before
    assert set(loaded) == {UNFINISHED}

    times = pd.read_parquet(earlier / "quality" / "collection" / UNFINISHED / "timings.parquet")
    measured = dict(zip(times["query_id"], times["seconds"], strict=True))
    assert {entry["query_id"]: entry["seconds"] for entry in found}.items() <= measured.items()
    assert len(measured) == 3
    assert read_results(earlier).missing == ()
    assert not list(earlier.glob("**/*.partial.jsonl"))
