"""Requests of a collection on disk, with candidates from BM25 or from a run."""

from __future__ import annotations

import pytest

from bench.common.errors import BenchError
from bench.data.runs import write_run
from bench.studies import real_requests
from bench.studies.real_requests import open_with_candidates, read_requests


@pytest.fixture(autouse=True)
def _indexes(monkeypatch, tmp_path):
    monkeypatch.setattr(real_requests, "indexes_dir", lambda: tmp_path)


def test_candidates_of_a_run_are_kept_in_its_order(collection, tmp_path):
    run = tmp_path / "first.trec"
    write_run(run, {"q0": [("d7", 3.0), ("d1", 2.0), ("d4", 1.0)], "q1": [("d2", 1.0)]}, "first")
    opened, candidates = open_with_candidates(collection, run, depth=2)
    (request,) = read_requests(opened, candidates, ["q0"])
    assert request.query == opened.queries()["q0"]
    assert request.doc_ids == ("d7", "d1")
    assert request.texts == tuple(opened.texts(["d7", "d1"]).values())


def test_without_a_run_bm25_searches(collection):
    opened, candidates = open_with_candidates(collection, None, depth=5)
    assert set(candidates) == set(opened.queries())
    assert max(map(len, candidates.values())) == 5


def test_a_run_that_is_not_there_is_refused(collection, tmp_path):
    with pytest.raises(BenchError, match=r"absent\.trec"):
        open_with_candidates(collection, tmp_path / "absent.trec", depth=5)
