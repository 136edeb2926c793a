"""Cold starts in a run: this checkout, started anew, and a system that is not installed."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bench.common.errors import BenchError
from bench.experiment.schema import Experiment
from bench.report.console_summary import print_summary
from bench.report.write import write_report
from bench.results.folder import RunDirectory
from bench.run import side_by_side
from bench.run.estimate import estimate
from bench.run.execute import run_experiment
from bench.run.fetch import fetch
from bench.systems.environments import environment


@pytest.fixture
def experiment(fixtures):
    return Experiment.model_validate(
        {
            "name": "cold",
            "models": [{"path": str(fixtures / "one-logit-int8"), "label": "tiny"}],
            "cold_start": {
                "systems": ["flashrank", "fastembed"],
                **{"threads": [1], "passages": [2], "rounds": 2, "warm": 1, "mix": "short"},
            },
        }
    )


@pytest.fixture
def out(tmp_path, experiment):
    directory = RunDirectory(tmp_path / "run")
    with directory.open():
        directory.record(experiment)
        yield directory


@pytest.fixture
def console(monkeypatch):
    def refuse(system):
        if system.requirements:
            raise BenchError(f"{system.label} cannot be installed")
        return environment(system)

    monkeypatch.setattr(side_by_side, "environment", refuse)
    return Console(file=io.StringIO(), width=400)


def test_a_run_from_its_estimate_to_its_report(experiment, out, console, tmp_path):
    assert "for cold starts" in str(estimate(experiment, out))
    run_experiment(experiment, out, console)
    results = out.load()
    assert results.missing == ()
    ours, others = results.cold_starts[:2], results.cold_starts[2:]
    assert ours["system"].tolist() == ["flashrank", "flashrank"]
    assert ours["round"].tolist() == [0, 1]
    assert (ours["cold_seconds"] > ours["warm_seconds"]).all()
    assert (ours["peak_bytes"] > 2**20).all()
    assert others["left_out"].tolist() == ["fastembed cannot be installed"]
    assert str(estimate(experiment, out)).startswith("nothing is left")
    run_experiment(experiment, out, console)
    assert "cold start: tiny: already finished" in console.file.getvalue()
    print_summary(results, console)
    assert "From the start of a process to the first scores: 2 passages with tiny" in console.file.getvalue()
    write_report(results, tmp_path / "report")
    report = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert "## Cold start" in report
    assert "fastembed was left out" in report


def test_another_price_measures_nothing_again(experiment, out, console):
    run_experiment(experiment, out, console)
    dearer = experiment.model_copy(update={"cold_start": experiment.cold_start.model_copy(update={"price": 0.001})})
    out.record(dearer)
    assert str(estimate(dearer, out)).startswith("nothing is left")
    assert out.load().cold_start.price == 0.001


def test_a_system_that_is_not_known_is_refused_before_anything_runs(experiment):
    spec = experiment.cold_start.model_copy(update={"systems": ("flashrank", "flash")})
    with pytest.raises(BenchError, match="no system is called 'flash'; there are: flashrank"):
        fetch(experiment.model_copy(update={"cold_start": spec}))
