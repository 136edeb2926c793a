"""Reading a folder of results back: what new runs have and old ones lack."""

from __future__ import annotations

import pandas as pd
import pytest

from bench.common.errors import BenchError
from bench.experiment.schema import Experiment
from bench.results.cells import Cell
from bench.results.folder import RunDirectory
from bench.results.run_results import SHOWN, SWEEP, SWEEP_TIMINGS

PLAIN = {"name": "x", "datasets": [{"id": "beir/scifact/test", "name": "SciFact"}], "models": ["small"]}
SWEPT = {**PLAIN, "sweep": {"depths": [5], "max_lengths": [64]}}
SHAPE = {"layers": 2, "hidden_size": 32, "size_bytes": 99, "max_length": 64, "threads": 2}
QUERIES = pd.DataFrame({"query_id": ["1"], "measure": "nDCG@10", "value": [0.25]})
TIMINGS = pd.DataFrame({"query_id": ["1"], "candidates": [3], "tokens": [70], "truncated": [0], "seconds": [0.5]})
SWEEP_ROWS = pd.DataFrame([("1", 5, 512, "nDCG@10", 0.5)], columns=SWEEP[2:])
SWEEP_TIMES = pd.DataFrame([("1", 5, 512, 99, 2, 0, 0.01)], columns=SWEEP_TIMINGS[2:])
SHOWN_ROWS = pd.DataFrame(
    [("1", "why?", "d", "text", None, 2, 1, 0.9), ("1", "why?", "e", "spam", -1, 1, 2, 0.4)], columns=SHOWN[2:]
).astype({"relevance": "Int64"})


def task(experiment):
    return {"dataset": "SciFact", "first_stage": "BM25", "queries": "1f", "measures": list(experiment.measures)}


def write(path, definition, *, unjudged=None, remarks=None, swept=None, threshold=None, **tables):
    experiment = Experiment.model_validate(definition)
    shared = task(experiment) | ({} if threshold is None else {"relevant_from": threshold})
    first = {"kind": "first stage", **shared} | ({} if unjudged is None else {"unjudged": unjudged})
    first |= {} if remarks is None else {"remarks": remarks}
    inputs = {"kind": "quality", "model": "small", **shared, **SHAPE} | ({"sweep": swept} if swept else {})
    directory = RunDirectory(path)
    with directory.open():
        directory.record(experiment)
        directory.finish(Cell("quality/SciFact/BM25", first), run={"1": []}, queries=QUERIES)
        directory.finish(
            Cell("quality/SciFact/small", inputs), run={"1": []}, queries=QUERIES, timings=TIMINGS, **tables
        )
    return directory


def test_an_old_run_lacks_what_it_did_not_write(tmp_path):
    results = write(tmp_path, PLAIN).load()
    assert results.missing == ()
    assert results.unjudged == {}
    for table, columns in ((results.sweep, SWEEP), (results.sweep_timings, SWEEP_TIMINGS), (results.shown, SHOWN)):
        assert table.empty
        assert tuple(table.columns) == columns


def test_a_new_run_has_everything_labelled(tmp_path):
    spec = Experiment.model_validate(SWEPT).sweep.model_dump(mode="json")
    tables = {"sweep": SWEEP_ROWS, "sweep_timings": SWEEP_TIMES, "shown": SHOWN_ROWS}
    results = write(tmp_path, SWEPT, unjudged=7, swept=spec, **tables).load()
    assert results.missing == ()
    assert results.unjudged == {"SciFact": 7}
    for found, written in (
        (results.sweep, SWEEP_ROWS),
        (results.sweep_timings, SWEEP_TIMES),
        (results.shown, SHOWN_ROWS),
    ):
        assert found[["dataset", "model"]].drop_duplicates().to_numpy().tolist() == [["SciFact", "small"]]
        pd.testing.assert_frame_equal(found.drop(columns=["dataset", "model"]), written)


@pytest.mark.parametrize("swept", [None, {"depths": [9]}])
def test_a_cell_without_the_sweep_asked_for_is_missing(tmp_path, swept):
    results = write(tmp_path, SWEPT, swept=swept).load()
    assert results.missing == ("SciFact: small: the sweep of this experiment",)
    assert set(results.quality["model"]) == {"BM25", "small"}


def test_a_grid_of_several_settings_keeps_them(tmp_path):
    experiment = Experiment.model_validate(
        {**PLAIN, "datasets": [], "latency": {"tokens": [16], "passages": [1, 4], "threads": [1, 2]}}
    )
    rows = [(16, passages, threads, 0, 0.1) for passages in (1, 4) for threads in (1, 2)]
    table = pd.DataFrame(rows, columns=["tokens", "passages", "threads", "repeat", "seconds"])
    inputs = {"kind": "latency", "model": "small", "grid": experiment.latency.model_dump(mode="json"), **SHAPE}
    directory = RunDirectory(tmp_path)
    with directory.open():
        directory.record(experiment)
        directory.finish(Cell("latency/small", inputs), latency=table)
    pd.testing.assert_frame_equal(directory.load().latency.drop(columns="model"), table)


def test_a_part_with_a_journal_of_its_own_goes_on_and_goes_away(tmp_path):
    experiment = Experiment.model_validate(PLAIN)
    cell = Cell("quality/SciFact/small", {"kind": "quality", "model": "small", **task(experiment), **SHAPE})
    directory = RunDirectory(tmp_path)
    for part, entry in (("", {"query_id": "1"}), ("sweep", {"repeat": 0})):
        with directory.journal(cell, part) as journal:
            journal.append(entry)
    with directory.journal(cell, "sweep") as journal:
        assert journal.entries == [{"repeat": 0}]
    directory.finish(cell, run={"1": []}, queries=QUERIES, timings=TIMINGS)
    assert not list(tmp_path.glob("**/*.partial.jsonl"))


def test_what_did_not_fit_stands_beside_the_caveat(tmp_path):
    noted = {**PLAIN, "datasets": [{**PLAIN["datasets"][0], "note": "a caveat"}]}
    assert write(tmp_path / "fits", noted).load().notes == {"SciFact": "a caveat"}
    assert write(tmp_path / "not", noted, remarks=["one", "two"]).load().notes == {"SciFact": "a caveat; one; two"}


def test_documents_that_were_not_judged_had_grade_minus_1_in_older_files(tmp_path):
    old = SHOWN_ROWS.assign(relevance=[-1, -2]).astype({"relevance": "int64"})
    assert write(tmp_path, PLAIN, shown=old).load().shown["relevance"].tolist() == [pd.NA, -2]


def test_a_grade_of_minus_1_is_a_judgment(tmp_path):
    found = write(tmp_path, PLAIN, shown=SHOWN_ROWS.iloc[1:]).load().shown
    assert found["relevance"].tolist() == [-1]


DL19 = {"id": "msmarco-passage/trec-dl-2019/judged", "name": "SciFact"}


@pytest.mark.parametrize(
    ("dataset", "threshold", "note"),
    [
        (DL19, 2, "relevant from grade 2 in RR@10"),
        # Measured before there was a choice.
        (DL19, None, "relevant from grade 1 in RR@10"),
        ({"path": "d", "name": "SciFact", "relevant_from": 3}, 3, "relevant from grade 3 in RR@10"),
        ({"path": "d", "name": "SciFact"}, None, None),
        # A folder that was known by its judgments when it was measured.
        ({"path": "d", "name": "SciFact"}, 2, "relevant from grade 2 in RR@10"),
    ],
)
def test_results_say_from_which_grade_they_counted(tmp_path, dataset, threshold, note):
    definition = {**PLAIN, "datasets": [dataset], "measures": ["nDCG@10", "RR@10"]}
    results = write(tmp_path, definition, threshold=threshold).load()
    assert results.missing == ()
    assert results.notes.get("SciFact") == note
    assert results.relevant_from == {"SciFact": threshold or 1}


def test_cells_of_another_threshold_than_asked_for_are_missing(tmp_path):
    definition = {**PLAIN, "datasets": [{"path": "d", "name": "SciFact", "relevant_from": 2}]}
    write(tmp_path, definition, threshold=3)
    with pytest.raises(BenchError, match="no cell of this run is finished"):
        RunDirectory(tmp_path).load()
