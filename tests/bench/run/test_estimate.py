"""How long it will take: the arithmetic by hand, what is finished, and one model in truth."""

from __future__ import annotations

import os

import numpy as np
import pytest
import yaml
from rich.console import Console

from bench.experiment.file import load_experiment
from bench.experiment.grids import LatencySpec, SweepSpec
from bench.experiment.schema import Experiment
from bench.results.folder import RunDirectory
from bench.run.estimate import Estimate, estimate, latency_seconds, quality_seconds, sweep_seconds
from bench.run.execute import run_experiment
from bench.run.probe import Speed
from bench.stats.cost_model import CostModel

#: A pair of n tokens takes a thread n milliseconds; two threads; loading takes a second.
SPEED = Speed(CostModel({"projections": 1e-3 / 24}, ()), threads=2, max_length=512, loading=1.0)
TOKENS = np.array([100, 300, 800])


def test_quality_is_the_pairs_times_their_mean_cut_at_the_limit():
    assert quality_seconds(SPEED, 600, TOKENS) == pytest.approx(600 * (0.1 + 0.3 + 0.512) / 3 / 2)
    assert quality_seconds(SPEED, 0, np.zeros(0, dtype=int)) == 0


def test_a_sweep_scores_what_is_cut_again_and_times_every_point():
    spec = SweepSpec(depths=(5, 10, 50), max_lengths=(200, 512), timed_queries=4, repeats=3)
    mean, shorter = (0.1 + 0.3 + 0.512) / 3 / 2, (0.1 + 0.2 + 0.2) / 3 / 2
    cut = 60 * (0.2 + 0.2) / 3 / 2
    timed = 3 * 3 * ((5 + 10 + 20) * mean + 20 * shorter)  # three queries are all there are
    assert sweep_seconds(SPEED, spec, 3, 60, 20, TOKENS) == pytest.approx(cut + timed + 2)


def test_a_latency_grid_repeats_until_its_time_is_up_but_not_below_its_least():
    grid = LatencySpec(tokens=(100, 400, 1024), passages=(1, 4), repeats=30, min_repeats=5, warmup=2, max_seconds=2)
    # Requests of .1, .2, .4 and .8 s, repeated 20, 10, 5 and 5 times; 1024 tokens are above the limit.
    timed = 22 * 0.1 + 12 * 0.2 + 7 * 0.4 + 7 * 0.8
    assert latency_seconds(SPEED, grid, (2,)) == pytest.approx(timed + 2 * 1.0 + 0.8 + 1.0)


@pytest.mark.parametrize(
    ("seconds", "line"),
    [
        ((0.0, 0.0, 0.0), "nothing is left to measure"),
        ((20.0, 30.4, 0.0), "about 50 seconds: 20 for quality (9,300 pairs with 2 models), 30 for the sweep; first"),
        (
            (480.0, 180.0, 20.0),
            "about 11 minutes: 8 for quality (9,300 pairs with 2 models), 3 for the sweep, less than",
        ),
        ((9e4, 0.0, 0.0), "about 25 hours: 25 for quality"),
        ((9e5, 0.0, 0.0), "about 10 days: 10 for quality"),
        ((0.1, 0.0, 0.0), "about 1 second: less than 1 for quality"),
    ],
)
def test_it_is_one_line_for_a_person(seconds, line):
    found = Estimate(dict(zip(("quality", "sweep", "latency"), seconds, strict=True)), pairs=9300, models=2)
    assert str(found).startswith(line)
    assert (seconds == (0.0, 0.0, 0.0)) is ("the report come on top" not in str(found))
    found.unknown.append("big")
    assert str(found).endswith("; without big, of which nothing is known")


@pytest.fixture
def experiment(experiment_file):
    content = yaml.safe_load(experiment_file.read_text())
    content["sweep"] = {"depths": [5], "max_lengths": [32], "timed_queries": 2, "repeats": 1}
    experiment_file.write_text(yaml.safe_dump(content))
    return load_experiment(experiment_file)


@pytest.mark.slow
def test_what_is_finished_is_taken_off(experiment, tmp_path, monkeypatch):
    monkeypatch.setattr("bench.run.execute.indexes_dir", lambda: tmp_path / "cache")
    out = RunDirectory(tmp_path / "run")

    def left(chosen=experiment):
        found = estimate(chosen, out)
        return {part for part, seconds in found.seconds.items() if seconds}, found.pairs, found.models

    def run(*parts):
        with out.open():
            run_experiment(experiment.select(parts=parts), out, Console(quiet=True))

    assert left() == ({"quality", "sweep", "latency"}, 2 * 14 * 30, 2)
    assert left(experiment.select(parts=["latency"])) == ({"latency"}, 0, 0)
    assert not out.path.exists()
    run("latency")
    assert left() == ({"quality", "sweep"}, 2 * 14 * 30, 2)
    run("quality")
    assert left() == ({"sweep"}, 0, 0)
    run("sweep")
    assert left() == (set(), 0, 0)
    assert str(estimate(experiment, out)) == "nothing is left to measure"
    assert left(experiment.select(parts=["quality"])) == (set(), 0, 0)
    assert left(experiment.model_copy(update={"sweep": None})) == (set(), 0, 0)
    # Its scores went with the journal, once a sweep had been measured from them.
    another = experiment.model_copy(update={"sweep": SweepSpec(depths=(7,), max_lengths=(32,))})
    assert left(another) == ({"quality", "sweep"}, 2 * 14 * 30, 2)
    assert left(experiment.select(limit=5))[0] == {"quality", "sweep", "latency"}


def test_queries_in_a_journal_are_taken_off(experiment, tmp_path):
    out = RunDirectory(tmp_path / "run")
    journal = out.path / "quality" / "tiny" / "one-logit-int8.0123456789ab.partial.jsonl"
    journal.parent.mkdir(parents=True)
    journal.write_text('{"key": "0"}\n' + "{}\n" * 7)
    assert estimate(experiment, out).pairs == (7 + 14) * 30


def test_nano_takes_as_long_as_it_is_said_to(collection, tmp_path, monkeypatch):
    if os.getloadavg()[0] > (os.cpu_count() or 1):
        pytest.skip(f"the load is {os.getloadavg()[0]:.1f}: times mean nothing now, and this check did NOT run")
    monkeypatch.setattr("bench.run.execute.indexes_dir", lambda: tmp_path / "cache")
    rows = {"datasets": [{"path": str(collection)}], "models": ["nano"], "candidates": {"depth": 30}}
    experiment = Experiment.model_validate({"name": "x", **rows})
    out = RunDirectory(tmp_path / "run")
    found = estimate(experiment, out)
    with out.open():
        clock = run_experiment(experiment, out, Console(quiet=True))
    assert 0.5 < found.seconds["quality"] / clock.reranking < 2
