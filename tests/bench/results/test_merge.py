"""Folders of results made one."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from bench.common.errors import BenchError
from bench.experiment.schema import Experiment
from bench.results.cells import Cell
from bench.results.folder import RunDirectory
from bench.results.merge import merge_results
from bench.results.reader import read_results

WHOLE = Experiment.model_validate(
    {"name": "x", "datasets": [{"path": "a"}, {"path": "b"}], "models": ["nano", "rank-T5-flan"]}
)
SHAPE = {"threads": 1, "layers": 1, "hidden_size": 1, "size_bytes": 1, "max_length": 512}


def first_stage(dataset, value=0.5, **inputs):
    """Return a cell of BM25, and its table."""
    found = {"kind": "first stage", "dataset": dataset, "first_stage": "BM25", "measures": list(WHOLE.measures)}
    table = pd.DataFrame({"query_id": ["q0"], "measure": ["nDCG@10"], "value": [value]})
    return Cell(f"quality/{dataset}/BM25", {**found, **inputs}), {"queries": table}


def reranked(dataset, model, value=0.7):
    """Return a cell of a model, and its tables."""
    found = {"kind": "quality", "dataset": dataset, "model": model, "measures": list(WHOLE.measures), **SHAPE}
    columns = {"query_id": ["q0"], "candidates": [1], "tokens": [9], "truncated": [0], "seconds": [0.1]}
    _, tables = first_stage(dataset, value)
    return Cell(f"quality/{dataset}/{model}", found), {**tables, "timings": pd.DataFrame(columns)}


@pytest.fixture
def written(tmp_path):
    """Write a folder of results of one dataset and model."""

    def write(name, dataset, model, *cells):
        folder = RunDirectory(tmp_path / name)
        with folder.open():
            folder.record(WHOLE.select(datasets=[dataset], models=[model]))
            for cell, tables in cells or (first_stage(dataset), reranked(dataset, model)):
                folder.finish(cell, run={"q0": [("d0", 1.0)]}, **tables)
        return folder.path

    return write


def test_every_cell_is_there_and_unfinished_ones_keep_their_journals(written, tmp_path):
    folders = [
        written("1", "a", "nano"),
        written("2", "a", "rank-T5-flan", first_stage("a")),
        written("3", "b", "nano"),
    ]
    for folder, lines in ((folders[0], 1), (folders[1], 3)):
        with RunDirectory(folder).journal(reranked("a", "rank-T5-flan")[0]) as journal:
            for number in range(lines):
                journal.append({"query_id": f"q{number}"})
    (folders[2] / "quality" / "b" / ".half.new").mkdir()
    assert merge_results(tmp_path / "out", folders) == 4
    results = read_results(tmp_path / "out")
    assert results.missing == ("a: rank-T5-flan", "b: rank-T5-flan")
    assert set(zip(results.quality["dataset"], results.quality["model"], strict=True)) == {
        ("a", "BM25"),
        ("b", "BM25"),
        ("a", "nano"),
        ("b", "nano"),
    }
    with RunDirectory(tmp_path / "out").journal(reranked("a", "rank-T5-flan")[0]) as journal:
        assert [entry["query_id"] for entry in journal.entries] == ["q0", "q1", "q2"]
    assert not list((tmp_path / "out").glob("**/.*"))


def test_what_no_folder_has_is_missing_from_the_whole(written, tmp_path):
    merge_results(tmp_path / "out", [written("1", "a", "nano")], WHOLE)
    assert read_results(tmp_path / "out").missing == ("a: rank-T5-flan", "b: BM25", "b: nano", "b: rank-T5-flan")


def test_where_a_cell_was_measured_may_differ(written, tmp_path):
    one, other = written("1", "a", "nano"), written("2", "a", "rank-T5-flan")
    path = other / "quality" / "a" / "BM25" / "machine.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "cpu": "another"}))
    assert merge_results(tmp_path / "out", [one, other]) == 3
    kept = json.loads((tmp_path / "out" / "quality" / "a" / "BM25" / "machine.json").read_text())
    assert kept["cpu"] != "another"


def test_results_that_are_kept_read_only_are_merged_into_files_that_can_be_replaced(written, tmp_path):
    folder = written("1", "a", "nano")
    files = [path for path in folder.glob("quality/**/*") if path.is_file()]
    for path in files:
        path.chmod(0o444)
    merge_results(tmp_path / "out", [folder])
    assert files
    assert all((tmp_path / "out" / path.relative_to(folder)).stat().st_mode & 0o200 for path in files)


@pytest.mark.parametrize(
    ("again", "message"),
    [
        (first_stage("a", 0.6), "measured again: other results (queries.parquet) than in"),
        (first_stage("a", candidates="c0ffee"), "measured again: other inputs (candidates) than in"),
    ],
)
def test_a_cell_that_was_measured_twice_with_another_outcome_is_refused(written, tmp_path, again, message):
    folders = [written("1", "a", "nano"), written("2", "a", "rank-T5-flan", again)]
    with pytest.raises(BenchError) as refused:
        merge_results(tmp_path / "out", folders)
    assert str(refused.value).startswith(f"{folders[1] / 'quality' / 'a' / 'BM25'}: {message} {folders[0]}")
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_merged_is_refused(written, tmp_path):
    one, out = written("1", "a", "nano"), tmp_path / "out"
    with pytest.raises(BenchError, match=r"1: exists already; results are merged into a new folder"):
        merge_results(one, [one])
    with pytest.raises(BenchError, match=r"nowhere: no run here"):
        merge_results(out, [one, tmp_path / "nowhere"])
    shutil.rmtree(one / "quality")
    with pytest.raises(BenchError, match=r"no cell is finished in .*1; run the experiment again"):
        merge_results(out, [one])
    assert not out.exists()
