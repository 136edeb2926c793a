"""Folders of results: a cell is there whole or not at all, and reads back as it was."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from bench.common.errors import BenchError
from bench.experiment.schema import Experiment
from bench.results.cells import Cell
from bench.results.folder import RunDirectory

EXPERIMENT = Experiment.model_validate(
    {
        "name": "x",
        "datasets": [{"id": "beir/scifact/test", "name": "SciFact", "note": "a caveat"}],
        "models": ["small"],
        "latency": {"tokens": [16], "passages": 4},
    }
)
SHAPE = {"layers": 2, "hidden_size": 32, "size_bytes": 99, "max_length": 64, "threads": 2}
TASK = {"dataset": "SciFact", "first_stage": "BM25", "queries": "1f", "measures": list(EXPERIMENT.measures)}
GRID_SPEC = EXPERIMENT.latency.model_dump(mode="json")
FIRST = Cell("quality/SciFact/BM25", {"kind": "first stage", **TASK})
RERANKED = Cell("quality/SciFact/small", {"kind": "quality", "model": "small", **TASK, **SHAPE})
LATENCY = Cell("latency/small", {"kind": "latency", "model": "small", "grid": GRID_SPEC, **SHAPE})
QUERIES = pd.DataFrame({"query_id": ["1", "2"], "measure": "nDCG@10", "value": [0.25, 1.0]})
TIMINGS = pd.DataFrame({"query_id": ["1"], "candidates": [3], "tokens": [70], "truncated": [0], "seconds": [0.5]})
GRID = pd.DataFrame({"tokens": [16], "repeat": [0], "seconds": [0.125]})
RUN = {"1": [("a", 2.0), ("b", 1.0)], "2": []}


@pytest.fixture
def out(tmp_path):
    directory = RunDirectory(tmp_path / "run")
    with directory.open():
        directory.record(EXPERIMENT)
    return directory


def test_what_is_written_reads_back(out):
    out.finish(FIRST, run=RUN, queries=QUERIES)
    out.finish(RERANKED, run=RUN, queries=QUERIES.assign(value=0.5), timings=TIMINGS)
    out.finish(LATENCY, latency=GRID)
    results = out.load()
    assert results.datasets == ("SciFact",)
    assert results.first_stage == {"SciFact": "BM25"}
    assert results.notes == {"SciFact": "a caveat"}
    assert results.queries == {"SciFact": 2}
    assert results.missing == ()
    assert results.models[0].layers == 2
    assert results.machine["threads"] == 2
    means = results.quality.groupby("model")["value"].mean().to_dict()
    assert means == {"BM25": 0.625, "small": 0.5}
    (row,) = results.timings.to_dict("records")
    assert row == {"dataset": "SciFact", "model": "small", **TIMINGS.to_dict("records")[0]}
    (row,) = results.latency.to_dict("records")
    assert row == {"model": "small", "tokens": 16, "passages": 4, "threads": 2, "repeat": 0, "seconds": 0.125}


def test_cells_that_are_not_there_are_missing(out):
    out.finish(FIRST, run=RUN, queries=QUERIES)
    results = out.load()
    assert results.missing == ("SciFact: small", "latency grid: small")
    assert results.models == ()


def test_cells_about_other_queries_or_another_grid_are_not_shown_beside(out):
    out.finish(FIRST, run=RUN, queries=QUERIES)
    out.finish(Cell(RERANKED.place, {**RERANKED.inputs, "queries": "2e"}), run=RUN, queries=QUERIES, timings=TIMINGS)
    out.finish(Cell(LATENCY.place, {**LATENCY.inputs, "grid": {"passages": 1}}), latency=GRID)
    results = out.load()
    assert set(results.quality["model"]) == {"BM25"}
    assert results.latency.empty
    assert [line.split(" (")[0] for line in results.missing] == ["SciFact: small", "latency grid: small"]
    assert "measured on something else" in results.missing[0]


@pytest.mark.parametrize("damage", ["unlink", "empty"])
def test_a_cell_that_lost_a_file_is_not_finished(out, damage):
    out.finish(RERANKED, run=RUN, queries=QUERIES, timings=TIMINGS)
    path = out.path / RERANKED.place / "queries.parquet"
    path.unlink() if damage == "unlink" else path.write_bytes(b"")
    assert not out.is_finished(RERANKED)


def test_journals_of_other_cells_are_left_alone(out):
    other = Cell(RERANKED.place, {**RERANKED.inputs, "queries": "2e"})
    with out.journal(RERANKED) as journal:
        journal.append({"query_id": "1"})
    with out.journal(other) as journal:
        assert journal.entries == []
    with out.journal(RERANKED) as journal:
        assert journal.entries == [{"query_id": "1"}]


def test_a_cell_is_finished_under_its_own_key_only(out):
    out.finish(RERANKED, run=RUN, queries=QUERIES, timings=TIMINGS)
    assert out.is_finished(RERANKED)
    assert not out.is_finished(Cell(RERANKED.place, {**RERANKED.inputs, "max_length": 128}))
    assert not out.is_finished(FIRST)


def test_what_is_not_known_of_a_cell_yet_counts_as_it_was_found(out):
    whole = Cell(RERANKED.place, {**RERANKED.inputs, "candidates": "3f", "texts": "4f"})
    wanted = Cell(RERANKED.place, {**RERANKED.inputs, "candidates": "?", "texts": "?"})
    out.finish(whole, run=RUN, queries=QUERIES, timings=TIMINGS)
    assert not out.is_finished(wanted)
    assert out.is_finished(wanted, unknown=("candidates", "texts"))
    assert not out.is_finished(Cell(wanted.place, {**wanted.inputs, "queries": "2e"}), unknown=("candidates", "texts"))
    (out.path / whole.place / "run.trec").unlink()
    assert not out.is_finished(wanted, unknown=("candidates", "texts"))


def test_a_new_result_replaces_an_outdated_one(out):
    newer = Cell(RERANKED.place, {**RERANKED.inputs, "max_length": 128})
    out.finish(RERANKED, run=RUN, queries=QUERIES, timings=TIMINGS)
    out.finish(newer, run=RUN, queries=QUERIES.assign(value=0.0), timings=TIMINGS)
    assert out.is_finished(newer)
    assert out.load().quality["value"].max() == 0
    assert sorted(path.name for path in (out.path / "quality" / "SciFact").iterdir()) == ["small"]


def test_a_write_that_fails_leaves_the_cell_unfinished_and_the_journal(out, monkeypatch):
    with out.journal(RERANKED) as journal:
        journal.append({"query_id": "1"})
    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_parquet", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(OSError, match="No space left"):
            out.finish(RERANKED, run=RUN, queries=QUERIES)
    assert not out.is_finished(RERANKED)
    with out.journal(RERANKED) as journal:
        assert journal.entries == [{"query_id": "1"}]
    out.finish(RERANKED, run=RUN, queries=QUERIES, timings=TIMINGS)
    assert out.is_finished(RERANKED)
    assert not list(out.path.glob("**/*.jsonl"))


def test_what_a_killed_run_left_half_written_is_deleted(out, monkeypatch):
    out.finish(RERANKED, run=RUN, queries=QUERIES, timings=TIMINGS)
    with monkeypatch.context() as patch:
        patch.setattr("bench.common.atomic.shutil.rmtree", lambda *_, **__: None)  # as if it were killed before that
        patch.setattr(pd.DataFrame, "to_parquet", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(OSError, match="No space left"):
            out.finish(RERANKED, run=RUN, queries=QUERIES)
    (out.path / ".0a1b2c3d.experiment.json").write_text("{")
    assert len(list(out.path.glob("quality/SciFact/*"))) == 2
    with out.open():
        assert [path.name for path in out.path.glob("quality/SciFact/*")] == ["small"]
        assert sorted(path.name for path in out.path.iterdir()) == [".lock", "experiment.json", "quality"]
    assert out.is_finished(RERANKED)


def test_files_are_the_same_bytes_every_time(tmp_path):
    contents = []
    for name in ("one", "two"):
        directory = RunDirectory(tmp_path / name)
        with directory.open():
            directory.finish(RERANKED, run=RUN, queries=QUERIES, timings=TIMINGS)
        cell = directory.path / RERANKED.place
        contents.append({path.name: path.read_bytes() for path in cell.iterdir()})
    assert contents[0] == contents[1]
    assert set(contents[0]) == {"manifest.json", "machine.json", "run.trec", "queries.parquet", "timings.parquet"}


def test_results_of_two_machines_say_so(out):
    out.finish(FIRST, run=RUN, queries=QUERIES)
    out.finish(RERANKED, run=RUN, queries=QUERIES, timings=TIMINGS)
    path = out.path / RERANKED.place / "machine.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "cpu": "another"}))
    results = out.load()
    assert results.missing == ("latency grid: small",)
    assert len({cell.machine for cell in results.provenance}) == 2


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("experiment.json", None, "no run here"),
        ("experiment.json", "{}", "not the record of a run"),
        ("quality/SciFact/BM25/manifest.json", "{", "damaged; delete its folder"),
    ],
)
def test_what_cannot_be_read_is_named(out, file, content, message):
    out.finish(FIRST, run=RUN, queries=QUERIES)
    path = out.path / file
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(BenchError, match=message):
        out.load()


def test_a_run_without_a_finished_cell_is_refused(out):
    with pytest.raises(BenchError, match="no cell of this run is finished"):
        out.load()


SWEPT = Cell(RERANKED.place, {**RERANKED.inputs, "sweep": {"depths": [5]}})


def test_a_cell_with_a_sweep_is_also_one_without(out):
    assert SWEPT.without_sweep == RERANKED
    out.finish(SWEPT, run=RUN, queries=QUERIES, timings=TIMINGS)
    assert out.is_finished(SWEPT)
    assert out.is_finished(RERANKED)
    assert not out.is_finished(Cell(RERANKED.place, {**RERANKED.inputs, "max_length": 128}))
    out.finish(RERANKED, run=RUN, queries=QUERIES, timings=TIMINGS)
    assert not out.is_finished(SWEPT)


def test_a_journal_is_kept_for_the_sweep_and_goes_with_it(out):
    with out.journal(RERANKED) as journal:
        journal.append({"query_id": "1"})
    out.finish(RERANKED, run=RUN, queries=QUERIES, timings=TIMINGS, keep_journal=True)
    with out.journal(SWEPT.without_sweep) as journal:
        assert journal.entries == [{"query_id": "1"}]
    with out.journal(SWEPT, "sweep") as journal:
        journal.append({"repeat": 0})
    out.finish(SWEPT, run=RUN, queries=QUERIES, timings=TIMINGS)
    assert not list(out.path.glob("**/*.jsonl"))


@pytest.mark.parametrize(
    ("parts", "missing", "left_out", "datasets"),
    [
        (["quality"], (), ("latency",), ("SciFact",)),
        (["latency"], ("latency grid: small",), (), ("SciFact",)),
        (["quality", "latency"], ("latency grid: small",), (), ("SciFact",)),
    ],
)
def test_what_was_left_out_is_not_missing_and_what_is_here_is_shown(out, parts, missing, left_out, datasets):
    out.record(EXPERIMENT.select(parts=parts))
    out.finish(FIRST, run=RUN, queries=QUERIES)
    out.finish(RERANKED, run=RUN, queries=QUERIES, timings=TIMINGS)
    results = out.load()
    assert (results.missing, results.left_out, results.datasets) == (missing, left_out, datasets)


def test_a_run_of_latency_alone_shows_no_dataset(out):
    out.record(EXPERIMENT.select(parts=["latency"]))
    out.finish(LATENCY, latency=GRID)
    results = out.load()
    assert (results.missing, results.left_out, results.datasets) == ((), ("quality",), ())
