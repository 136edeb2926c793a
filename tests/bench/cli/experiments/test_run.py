"""The command line, as a user types it."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import signal
import time

import filelock
import ir_measures
import pandas as pd
import pytest
import yaml

from bench.data.collections.opening import open_collection
from bench.data.dataset_spec import DatasetSpec
from bench.data.runs import read_run
from flashrank import Ranker
from tests.bench.conftest import QUERIES

MODELS = ("one-logit-int8", "two-logits-int8")


def lines_in_journal(out):
    """Return how many lines the first model's journal has; 0 where there is none."""
    return sum(path.read_bytes().count(b"\n") for path in out.glob(f"quality/tiny/{MODELS[0]}.*.partial.jsonl"))


def quality_files(out):
    """Return every file of the quality cells but those of times, with the digest of its bytes."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.glob("quality/**/*"))
        if path.is_file() and path.name != "timings.parquet"
    }


@pytest.mark.slow
def test_an_experiment_runs_to_a_report(bench, experiment_file, collection, fixtures, tmp_path):
    done = bench("run", experiment_file)
    assert (done.returncode, done.stderr) == (0, "")
    out = tmp_path / "runs" / "tiny"
    assert f"report: {out.relative_to(tmp_path) / 'report' / 'report.html'}" in done.stdout

    # The run is what Ranker says of BM25's candidates, and the numbers are those of the run.
    opened = open_collection(DatasetSpec(path=collection))
    texts, queries, qrels = dict(opened.documents()), opened.queries(), opened.qrels()
    candidates = read_run(out / "quality" / "tiny" / "BM25" / "run.trec")
    ranker = Ranker(fixtures / MODELS[0], log_level="ERROR")
    run = read_run(out / "quality" / "tiny" / MODELS[0] / "run.trec")
    assert set(run) == set(queries)
    for query_id, ranked in run.items():
        doc_ids = [doc_id for doc_id, _ in candidates[query_id]]
        scored = ranker.score(queries[query_id], [texts[doc_id] for doc_id in doc_ids])
        assert dict(ranked) == dict(zip(doc_ids, scored.logits, strict=True))
        assert len(ranked) <= 30
    found = pd.read_parquet(out / "quality" / "tiny" / MODELS[0] / "queries.parquet")
    mean = found.loc[found["measure"] == "nDCG@10", "value"].mean()
    assert mean == pytest.approx(
        ir_measures.calc_aggregate([ir_measures.nDCG @ 10], qrels, {q: dict(r) for q, r in run.items()})[
            ir_measures.nDCG @ 10
        ]
    )

    # The report's table says the same, for every row.
    with (out / "report" / "tables" / "quality-ndcg-10.csv").open() as file:
        (row,) = (row for row in csv.DictReader(file) if row["dataset"].startswith("tiny"))
    assert float(row[MODELS[0]]) == pytest.approx(mean, abs=5.1e-5)  # it has four decimals
    assert {"BM25", *MODELS} <= set(row)
    assert "made of random words" in (out / "report" / "report.md").read_text()
    assert {"quality", "tradeoff"} <= {path.name.split("-")[0] for path in (out / "report" / "plots").glob("*.svg")}
    latency = pd.read_parquet(out / "latency" / MODELS[1] / "latency.parquet")
    assert len(latency) == 2 * 3
    with (out / "report" / "tables" / "footprint.csv").open() as file:
        assert {row["model"]: int(row["tokens/pair"]) for row in csv.DictReader(file)} == dict.fromkeys(
            MODELS, latency["tokens"].max()
        )

    # A second run computes nothing, and redraws the same report.
    page = (out / "report" / "report.md").read_bytes()
    again = bench("run", experiment_file)
    assert again.stdout.count("already finished") == 4
    assert (out / "report" / "report.md").read_bytes() == page
    redrawn = bench("report", "tiny")
    assert redrawn.returncode == 0
    assert (out / "report" / "report.md").read_bytes() == page
    assert {path.suffix for path in (out / "report").rglob("*.*")} == {".md", ".html", ".csv", ".svg"}
    assert bench("report", "tiny", "--latex", "--png").returncode == 0
    assert (out / "report" / "tables" / "quality-ndcg-10.tex").is_file()
    assert (out / "report" / "plots" / "quality-dark.png").is_file()
    listed = bench("ls")
    assert listed.returncode == 0
    for name in ("ms-marco-MiniLM-L-12-v2", "beir/scifact/test", "nano-beir", "tiny"):
        assert name in listed.stdout


@pytest.mark.slow
def test_killed_and_resumed_it_ends_with_the_same_bytes(bench, experiment_file, tmp_path):
    assert bench("run", experiment_file, "--out", "whole").returncode == 0
    out = tmp_path / "killed"
    for lines in (2, 5, 9):
        process = bench.start("run", experiment_file, "--out", "killed")
        deadline = time.monotonic() + 60
        while lines_in_journal(out) < lines:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert lines_in_journal(out) >= 9
    assert bench("run", experiment_file, "--out", "killed").returncode == 0
    assert quality_files(tmp_path / "killed") == quality_files(tmp_path / "whole")
    assert len(quality_files(tmp_path / "whole")) == 3 * 4 + 2  # the two models also leave the documents they show
    assert not list((tmp_path / "killed").glob("**/*.partial.jsonl"))


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_cleanly_and_says_how_to_go_on(bench, experiment_file, tmp_path, sent):
    process = bench.start("run", experiment_file, "--out", "stopped")
    out = tmp_path / "stopped"
    while lines_in_journal(out) < 3:
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    process.send_signal(sent)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == f"bench: interrupted; to go on from here: python -m bench run {experiment_file} --out stopped\n"
    assert 3 <= lines_in_journal(out) < 1 + QUERIES


@pytest.mark.slow
def test_a_damaged_cell_is_measured_anew(bench, experiment_file, tmp_path):
    assert bench("run", experiment_file, "--limit", 2).returncode == 0
    table = tmp_path / "runs" / "tiny-limit2" / "quality" / "tiny" / MODELS[0] / "queries.parquet"
    content = table.read_bytes()
    table.write_bytes(b"")
    redrawn = bench("report", "tiny-limit2")
    assert redrawn.returncode == 2
    assert "queries.parquet: cannot be read; run the experiment again" in redrawn.stderr
    assert bench("run", experiment_file, "--limit", 2).returncode == 0
    assert table.read_bytes() == content


def test_a_report_that_cannot_be_written_is_one_line(bench, experiment_file, tmp_path):
    (tmp_path / "runs" / "tiny-limit2").mkdir(parents=True)
    (tmp_path / "runs" / "tiny-limit2" / "report").write_text("in the way")
    done = bench("run", experiment_file, "--limit", 2)
    assert done.returncode == 2
    assert "what was finished is kept" in done.stderr
    assert "Traceback" not in done.stderr


def test_options_narrow_the_run(bench, experiment_file, tmp_path):
    done = bench("run", experiment_file, "--limit", 3, "--models", MODELS[1], "--datasets", "tiny")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("about ")
    assert "quality (90 pairs with 1 model)" in done.stdout.splitlines()[0]
    out = tmp_path / "runs" / "tiny-limit3"
    run = read_run(out / "quality" / "tiny" / MODELS[1] / "run.trec")
    assert len(run) == 3
    assert not (out / "quality" / "tiny" / MODELS[0]).exists()
    manifest = json.loads((out / "quality" / "tiny" / MODELS[1] / "manifest.json").read_text())
    assert (manifest["max_length"], manifest["threads"]) == (64, 1)


@pytest.mark.slow
def test_parts_are_run_one_after_the_other_and_nothing_twice(bench, experiment_file, tmp_path):
    experiment_file.write_text(
        experiment_file.read_text() + "sweep: {depths: [5], max_lengths: [32], timed_queries: 1, repeats: 1}\n"
    )
    out = tmp_path / "runs" / "tiny"
    page, manifest = out / "report" / "report.md", out / "quality" / "tiny" / MODELS[0] / "manifest.json"
    timed = manifest.with_name("timings.parquet")

    done = bench("run", experiment_file, "--only", "quality")
    assert (done.returncode, done.stderr) == (0, "")
    assert "left out by --only: sweep, latency" in done.stdout
    assert "Incomplete" not in done.stdout
    assert "A part of the experiment: sweep, latency were left out" in page.read_text()
    assert not (out / "latency").exists()
    assert "sweep" not in json.loads(manifest.read_text())
    seconds = pd.read_parquet(timed)

    done = bench("run", experiment_file, "--only", "latency")
    assert "left out by --only: sweep" in done.stdout
    assert len(list(out.glob("latency/*/latency.parquet"))) == 2
    assert "No quality was measured" not in page.read_text()

    done = bench("run", experiment_file)
    assert done.stdout.count("already finished") == 2  # the latency grids
    assert "--only" not in done.stdout + page.read_text()
    pd.testing.assert_frame_equal(pd.read_parquet(timed), seconds)  # no query was reranked again
    assert "sweep" in json.loads(manifest.read_text())
    assert not list(out.glob("**/*.partial.jsonl"))

    written = manifest.read_bytes()
    done = bench("run", experiment_file, "--only", "quality")
    assert done.stdout.count("already finished") == 2
    assert "--only" not in done.stdout
    assert manifest.read_bytes() == written


def test_validate_looks_only_at_the_parts_asked_for(bench, experiment_file, tmp_path):
    text = experiment_file.read_text()
    experiment_file.write_text(text.replace("datasets:\n", f"datasets:\n- path: {tmp_path / 'nowhere'}\n"))
    refused = bench("validate", experiment_file)
    assert (refused.returncode, "`run` would refuse" in refused.stdout) == (2, True)
    assert "ready to run" in bench("validate", experiment_file, "--only", "latency").stdout


@pytest.mark.slow
def test_what_is_missing_stops_it_before_any_work(bench, experiment_file, tmp_path):
    text = experiment_file.read_text().replace("models:\n", "models:\n- ms-marco-TinyBERT-L-2-v2\n")
    experiment_file.write_text(text.replace("datasets:\n", f"datasets:\n- path: {tmp_path / 'nowhere'}\n"))
    done = bench("run", experiment_file)
    assert done.returncode == 2
    assert "2 of the things this experiment needs cannot be had" in done.stderr
    assert f"{tmp_path / 'nowhere'}: no such folder" in done.stderr
    assert "'ms-marco-TinyBERT-L-2-v2' is not in" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "runs").glob("**/*.parquet"))

    checked = bench("validate", experiment_file)
    assert checked.returncode == 2
    assert "cannot be had" in checked.stdout
    assert f"dataset nowhere: {tmp_path / 'nowhere'}: no such folder" in checked.stdout
    assert "3.4 MB" in checked.stdout

    rest = bench("run", experiment_file, "--skip-unavailable")
    assert rest.returncode == 0, rest.stderr
    assert rest.stdout.count("left out: ") == 2
    out = tmp_path / "runs" / "tiny"
    assert (out / "quality" / "tiny" / MODELS[0] / "run.trec").exists()
    assert "ms-marco-TinyBERT-L-2-v2" in (out / "report" / "report.md").read_text().split("## Quality")[0]


def test_validate_runs_nothing(bench, experiment_file, tmp_path):
    done = bench("validate", experiment_file)
    assert done.returncode == 0
    assert "ready to run" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"tiny.yaml"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "nothing"], "no experiment file 'nothing'; give a path, or one of: beir-full"),
        (["run", "tiny.yaml", "--datasets", "other"], "the experiment has no dataset 'other'; it has: tiny"),
        (["run", "tiny.yaml", "--models", "L-12"], "the experiment has no model 'L-12'; it has: one-logit-int8"),
        (["run", "tiny.yaml", "--limit", "0"], "argument --limit: '0' is not a whole number of at least 1"),
        (["run", "tiny.yaml", "--out", "tiny.yaml/out"], "tiny.yaml/out: cannot be written to (Not a directory)"),
        (
            ["run", "tiny.yaml", "--only", "quality,speed"],
            "'speed' is no part of an experiment; its parts: quality,",
        ),
        (
            ["validate", "tiny.yaml", "--only", "sweep"],
            "has no sweep to measure; it has: quality, latency",
        ),
        (["report", "nothing"], "runs/nothing: no run here"),
        (["run"], "the following arguments are required: EXPERIMENT"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(bench, experiment_file, arguments, message):
    done = bench(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert experiment_file.exists()


def test_a_folder_that_is_being_written_to_is_left_alone(bench, experiment_file, tmp_path):
    (tmp_path / "shared").mkdir()
    with filelock.FileLock(tmp_path / "shared" / ".lock"):
        done = bench("run", experiment_file, "--out", "shared")
    assert done.returncode == 2
    assert "shared: another run is writing here" in done.stderr
    assert [path.name for path in (tmp_path / "shared").iterdir()] == [".lock"]


@pytest.mark.slow
def test_what_does_not_fit_is_said_on_the_console_and_in_the_report(bench, experiment_file, collection, tmp_path):
    folder = shutil.copytree(collection, tmp_path / "changed")
    with (folder / "qrels/test.tsv").open("a") as file:
        file.write("q0\tgone\t1\n")
    spec = yaml.safe_load(experiment_file.read_text())
    del spec["latency"]
    experiment_file.write_text(yaml.safe_dump({**spec, "datasets": [{"path": str(folder)}], "models": []}))
    done = bench("run", experiment_file)
    assert done.returncode == 0, done.stderr
    line = "absent from the collection: 1 relevant judged document of 1 query"
    assert f"changed: {line}\n" in done.stdout
    report = tmp_path / "runs/tiny/report"
    for name in ("report.md", "report.html"):
        assert line in (report / name).read_text()
