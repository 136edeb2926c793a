"""Requests hold the first candidates of every query, best first."""

from __future__ import annotations

from bench.data.task import Task
from bench.measure.request import Request, task_requests


def test_queries_without_candidates_have_no_request():
    task = Task(
        dataset="made up",
        first_stage="BM25",
        queries={"q0": "first", "q1": "second", "q2": "third"},
        qrels={},
        candidates={"q0": [("d2", 3.0), ("d0", 2.0), ("d1", 1.0)], "q1": []},
        texts={"d0": "a", "d1": "b", "d2": "c"},
    )
    assert task_requests(task, passages=2) == [Request("q0", "first", ("d2", "d0"), ("c", "a"))]
    assert task_requests(task, passages=9) == [Request("q0", "first", ("d2", "d0", "d1"), ("c", "a", "b"))]
