"""Parts of an experiment, run apart and merged."""

from __future__ import annotations

import json

import pytest

from tests.bench.cli.experiments.test_run import MODELS


@pytest.mark.slow
def test_parts_that_were_run_apart_make_one_report(bench, experiment_file, tmp_path):
    for model in MODELS:
        done = bench("run", experiment_file, "--models", model, "--only", "quality", "--out", f"runs/{model}")
        assert done.returncode == 0, done.stderr
    path = tmp_path / "runs" / MODELS[1] / "quality" / "tiny" / MODELS[1] / "machine.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "commit": "c0ffee" * 6}))

    done = bench("merge", "runs/all", *MODELS, "--experiment", experiment_file)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "merged 3 cells of 2 folders: runs/all"
    assert lines[1:3] == [f"missing: latency grid: {model}" for model in MODELS]
    assert any(line.startswith("not comparable: measured at 2 commits") for line in lines)
    assert lines[-1] == "draw the report: python -m bench report runs/all"
    assert bench("report", "all").returncode == 0
    page = (tmp_path / "runs" / "all" / "report" / "report.md").read_text()
    assert all(f"| {model} " in page for model in MODELS)

    again = bench("merge", "runs/all", *MODELS)
    assert again.returncode == 2
    assert again.stderr == "bench: runs/all: exists already; results are merged into a new folder\n"
