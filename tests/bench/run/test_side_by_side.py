"""Systems compared in a run: made-up ones, whose workers have this checkout in them, so that nothing is installed."""

from __future__ import annotations

import io
import json
import math
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from bench.common.errors import BenchError
from bench.data.length_mixes import MIXES
from bench.experiment.file import find_experiment, load_experiment
from bench.experiment.schema import Experiment
from bench.gate.validation import slowed_worker
from bench.measure.worker_process import RERANK, WorkerProcess, ranker_process
from bench.report.console_summary import print_summary
from bench.report.write import write_report
from bench.results.folder import RunDirectory
from bench.results.merge import merge_results
from bench.run import side_by_side
from bench.run.estimate import Estimate, comparison_seconds, estimate
from bench.run.execute import run_experiment
from bench.run.fetch import fetch
from bench.run.probe import Speed
from bench.stats.cost_model import CostModel
from bench.systems.rows import PROGRAMS, find_system

SLOW = (slowed_worker.__file__, "3")
#: Loads, answers twice, and is then killed for want of memory.
DYING = (
    sys.executable,
    "-c",
    "import json, os, sys\n"
    "for number, line in enumerate(sys.stdin):\n"
    "    if number > 2: os.kill(os.getpid(), 9)\n"
    "    count = len(json.loads(line).get('texts', ()))\n"
    "    print(json.dumps({'ready': '', 'seconds': 1.0, 'peak_bytes': 1, 'scores': [0.5] * count}), flush=True)",
)


@dataclass(frozen=True)
class MadeUp:
    name: str
    requirements: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    program: Path = PROGRAMS / "flashrank_checkout.py"

    @property
    def label(self):
        return self.name.title()


SYSTEMS = {
    "ours": MadeUp("ours"),
    "slow": MadeUp("slow", ("slow==1.0",)),
    "absent": MadeUp("absent", ("absent==2.0",)),
    "dying": MadeUp("dying", ("dying==3.0",)),
    "unable": MadeUp("unable", ("unable==4.0",)),
}


@pytest.fixture
def started(monkeypatch, tmp_path):
    """Put the made-up systems in place of the real ones, and list which were started."""
    names = []

    def find(name):
        if name not in SYSTEMS:
            raise BenchError(f"no system {name!r}; there are: {', '.join(SYSTEMS)}")
        return SYSTEMS[name]

    def make(system):
        if system.name == "absent":
            raise BenchError("absent==2.0 cannot be installed: no network")
        return sys.executable

    def start(system, directory, max_length, threads):
        names.append(system.name)
        if system.name == "dying":
            return WorkerProcess("dying", DYING, {})
        model = str(tmp_path / "deep" / "nowhere") if system.name == "unable" else str(directory)
        options = {"max_length": max_length, "threads": threads}
        program = SLOW if system.name == "slow" else RERANK
        return ranker_process(system.name, model, options=options, program=program)

    monkeypatch.setattr("bench.run.side_by_side.find_system", find)
    monkeypatch.setattr("bench.run.fetch.find_system", find)
    monkeypatch.setattr("bench.run.side_by_side.environment", make)
    monkeypatch.setattr("bench.run.side_by_side.is_made", lambda system: system.name != "absent")
    monkeypatch.setattr("bench.run.side_by_side.start", start)
    monkeypatch.setattr("bench.run.side_by_side.indexes_dir", lambda: tmp_path / "cache")
    return names


@pytest.fixture
def make(collection, fixtures):
    def made(systems=("ours", "slow"), **changes):
        peers = {
            "systems": list(systems),
            "workloads": [
                {"mix": "short", "passages": 3},
                {"dataset": {"path": str(collection)}, "passages": 7, "name": "tiny"},
            ],
            "requests": 2,
            "rounds": 6,
            "min_rounds": 2,
        }
        row = {"path": str(fixtures / "one-logit-int8"), "threads": 1}
        return Experiment.model_validate({"name": "x", "models": [row], "peers": peers | changes})

    return made


def run(experiment, folder):
    console = Console(file=io.StringIO(), width=1000)
    out = RunDirectory(folder)
    with out.open():
        out.record(experiment)
        run_experiment(experiment, out, console)
    return out.load(), console.file.getvalue()


def test_systems_are_compared_and_read_back(started, make, tmp_path):
    results, said = run(make(), tmp_path / "run")
    assert started == ["ours", "slow"] * 2
    found = results.peers
    assert found[["workload", "system"]].to_numpy().tolist() == [
        [workload, system] for workload in ("short, 3 passages", "tiny") for system in ("ours", "slow")
    ]
    assert set(found["model"]) == {"one-logit-int8"}
    assert found["label"].tolist() == ["Ours", "Slow"] * 2
    assert found["installed"].tolist() == ["this checkout", "slow==1.0"] * 2
    assert set(found["left_out"]) | set(found["problem"]) == {""}
    assert set(found["requests"]) == {2}
    assert (found["peak_bytes"] > 10 * 2**20).all()
    # Both run the same 8-bit weights, of which float32 is not the same.
    assert (found["largest_difference"] >= found["mean_difference"]).all()
    assert (found["mean_difference"] > 0).all()
    assert (found["largest_difference"] < 1).all()
    assert found["mean_difference"].nunique() == 2
    timings = results.peer_timings
    assert timings.groupby(["workload", "system"])["round"].apply(list).tolist() == [list(range(6))] * 4
    assert timings["request"].tolist() == [number % 2 for number in timings["round"]]
    assert set(timings.loc[timings["workload"] == "tiny", "passages"]) == {7}
    assert (timings["tokens"] >= 3 * timings["passages"]).all()
    assert set(timings["threads"]) == {1}
    assert results.missing == results.left_out == ()
    assert [cell.timed for cell in results.provenance] == [True, True]
    assert "side by side: tiny: one-logit-int8: 6 rounds of 2 systems" in said


def test_a_run_of_nothing_else_is_reported_and_merged(started, make, tmp_path):
    results, _ = run(make(("ours", "absent", "slow")), tmp_path / "run")
    write_report(results, tmp_path / "report")
    report = (tmp_path / "report" / "report.md").read_text()
    assert "## Systems side by side" in report
    assert "Absent was left out: absent==2.0 cannot be installed: no network." in report
    assert (tmp_path / "report" / "plots" / "peers-light.svg").is_file()
    console = Console(file=io.StringIO(), width=1000)
    print_summary(results, console)
    assert console.file.getvalue().startswith("x: Time of a request, as multiples of that of Ours: Slow ")
    assert merge_results(tmp_path / "merged", [tmp_path / "run"]) == 2
    merged = RunDirectory(tmp_path / "merged").load()
    pd.testing.assert_frame_equal(merged.peers, results.peers)
    pd.testing.assert_frame_equal(merged.peer_timings, results.peer_timings)
    assert len(started) == 4


def test_one_that_cannot_is_told_and_the_others_go_on(started, make, tmp_path):
    results, said = run(make(("ours", "absent", "dying", "unable", "slow")), tmp_path / "run")
    assert "absent" not in started
    assert said.count("absent: installing absent==2.0\nleft out: absent: absent==2.0 cannot be installed: no net") == 1
    assert "Dying could not: the process was killed, most likely for want of memory (code -9)" in said
    found = results.peers[results.peers["workload"] == "tiny"].set_index("system")
    assert found.loc["absent", "left_out"] == "absent==2.0 cannot be installed: no network"
    assert found.loc["dying", "problem"] == "the process was killed, most likely for want of memory (code -9)"
    assert "nowhere" in found.loc["unable", "problem"]
    assert str(tmp_path) not in found.loc["unable", "problem"]
    assert found["requests"].to_dict() == {
        "ours": 2,
        "absent": 0,
        "dying": 2,
        "unable": 0,
        "slow": 2,
    }
    assert math.isnan(found.loc["absent", "peak_bytes"])
    assert results.peer_timings.groupby("system")["round"].nunique().to_dict() == {"ours": 6, "slow": 6}
    write_report(results, tmp_path / "report")
    report = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert "| tiny | Dying (could not answer) |" in report
    assert "with one-logit-int8): the process was killed, most likely for want of memory (code -9)." in report


def test_what_is_finished_is_not_measured_again(started, make, tmp_path):
    run(make(), tmp_path / "run")
    started.clear()
    _, said = run(make(), tmp_path / "run")
    assert started == []
    assert said.count("already finished") == 2
    assert str(estimate(make(), RunDirectory(tmp_path / "run"))) == "nothing is left to measure"
    results, _ = run(make(rounds=4), tmp_path / "run")
    assert started == ["ours", "slow"] * 2
    assert results.peer_timings["round"].max() == 3


def test_a_workload_asks_its_own_systems_models_and_rounds(started, make, tmp_path):
    few = {"mix": "short", "passages": 2, "systems": ["ours"], "rounds": 3, "requests": 1, "models": ["first"]}
    other = {"mix": "short", "passages": 4, "models": ["mine"]}
    experiment = make(workloads=[few, other])
    rows = tuple(experiment.models[0].model_copy(update={"label": label}) for label in ("first", "mine"))
    experiment = experiment.model_copy(update={"models": rows})
    results, _ = run(experiment, tmp_path / "run")
    assert started == ["ours", "ours", "slow"]
    assert results.missing == ()
    assert results.peers[["workload", "model", "system"]].to_numpy().tolist() == [
        ["short, 2 passages", "first", "ours"],
        ["short, 4 passages", "mine", "ours"],
        ["short, 4 passages", "mine", "slow"],
    ]
    assert results.peers["requests"].tolist() == [1, 2, 2]
    assert results.peer_timings.groupby("workload")["round"].nunique().tolist() == [3, 6]
    assert str(estimate(experiment, RunDirectory(tmp_path / "run"))) == "nothing is left to measure"


@pytest.mark.usefixtures("started")
def test_requests_are_those_with_most_passages_where_candidates_are_read(make, collection, tmp_path):
    counts = {1: 2, 3: 7, 4: 9}
    lines = [f"q{n} Q0 d{place} {place} {50 - place} run" for n, count in counts.items() for place in range(count)]
    (tmp_path / "a.trec").write_text("\n".join(lines) + "\n")
    folder = {"path": str(collection), "candidates": {"source": "run", "file": str(tmp_path / "a.trec")}}
    results, _ = run(make(workloads=[{"dataset": folder, "passages": 7}]), tmp_path / "run")
    assert set(results.peer_timings["passages"]) == {7}
    assert results.peers["requests"].tolist() == [2, 2]


def test_another_program_of_a_worker_is_measured_again(started, make, tmp_path, monkeypatch):
    run(make(), tmp_path / "run")
    program = tmp_path / "flashrank_checkout.py"
    program.write_bytes(MadeUp.program.read_bytes() + b"# changed\n")
    monkeypatch.setitem(SYSTEMS, "slow", replace(SYSTEMS["slow"], program=program))
    started.clear()
    run(make(), tmp_path / "run")
    assert started == ["ours", "slow"] * 2


@pytest.mark.usefixtures("started")
def test_a_killed_comparison_goes_on_and_leaves_no_journal(make, tmp_path, monkeypatch):
    take_rounds = side_by_side.take_rounds

    def killed(*arguments):
        for number, step in enumerate(take_rounds(*arguments)):
            if number == 3:
                raise KeyboardInterrupt
            yield step

    monkeypatch.setattr(side_by_side, "take_rounds", killed)
    with pytest.raises(KeyboardInterrupt):
        run(make(), tmp_path / "run")
    (journal,) = (tmp_path / "run").glob("peers/*/*.partial.jsonl")
    kept = [json.loads(line) for line in journal.read_text().splitlines() if '"round"' in line]
    assert [entry["round"] for entry in kept] == [0, 1, 2, 3]
    monkeypatch.setattr(side_by_side, "take_rounds", take_rounds)
    results, _ = run(make(), tmp_path / "run")
    timings = results.peer_timings[results.peer_timings["workload"] == "short, 3 passages"]
    assert timings.loc[timings["system"] == "slow", "seconds"].tolist()[:4] == [
        entry["seconds"]["slow"] for entry in kept
    ]
    assert not list((tmp_path / "run").glob("**/*.partial.jsonl"))


@pytest.mark.usefixtures("started")
def test_a_cell_measured_on_other_systems_is_missing(make, tmp_path):
    run(make(), tmp_path / "run")
    out = RunDirectory(tmp_path / "run")
    out.record(make(("ours",)))
    with pytest.raises(BenchError, match="no cell of this run is finished"):
        out.load()


@pytest.mark.usefixtures("started")
def test_an_unknown_system_is_refused_before_work_starts(make):
    with pytest.raises(BenchError, match="no system 'others'; there are: ours, slow"):
        fetch(make(("ours", "others")))


@pytest.mark.usefixtures("started")
def test_a_workload_whose_dataset_cannot_be_had_is_left_out_if_asked(make, tmp_path):
    experiment = make(workloads=[{"mix": "short"}, {"dataset": {"path": str(tmp_path / "gone")}}])
    with pytest.raises(BenchError, match=r"dataset gone: .*\n.*This runs now"):
        fetch(experiment)
    available, left_out = fetch(experiment, skip_unavailable=True)
    assert [workload.label for workload in available.peers.workloads] == ["short, 100 passages"]
    assert len(left_out) == 1


def test_what_comes_on_top_of_the_time_is_said():
    assert "first stages, installing systems and the report come on top" in str(Estimate({"peers": 30.0}))


def test_the_experiment_that_comes_with_the_project_names_systems_and_mixes_that_there_are():
    experiment = load_experiment(find_experiment("peers"))
    assert {name: find_system(name).name for name in experiment.peers.systems} == {
        name: name for name in experiment.peers.systems
    }
    assert {workload.mix for workload in experiment.peers.workloads} == {None, *(mix.name for mix in MIXES)}


def test_the_time_is_estimated_as_if_all_were_as_fast(make):
    # A pair of 100 tokens takes .1 s on one thread; two systems and ten passages make a round of two seconds.
    speed = Speed(CostModel({"projections": 1e-3 / 24}, ()), threads=1, max_length=512, loading=1.0)
    untimed, loading = 2 * (2 + 1), 3
    for seconds, rounds in ((100, 6), (8, 4), (1, 2)):
        spec = make(max_seconds=seconds).peers
        assert comparison_seconds(speed, spec, 10, np.array([100])) == pytest.approx(untimed + 2 * rounds + loading)
