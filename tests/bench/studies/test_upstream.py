"""The comparison with upstream, with this checkout on both sides."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.measure.worker_process import WorkerProcess
from bench.studies.upstream import Comparison, compare

ROOT = str(Path(__file__).parents[3])
REQUESTS = [("rank the query", ["passages", "rank " * 30, "the"]), ("query", ["a", "b", "the query"])]


@pytest.fixture
def sides(fixtures):
    model = str(fixtures / "one-logit-int8")
    with (
        WorkerProcess("ours", sys.executable, model, path=ROOT) as one,
        WorkerProcess("theirs", sys.executable, model, path=ROOT) as other,
    ):
        yield one, other


def test_both_sides_answer_every_request(sides):
    result = compare(*sides, REQUESTS, alone=2)
    assert len(result.ours) == len(result.theirs) == 2
    assert (result.equal_alone, result.compared_alone) == (2, 2)
    assert 10 * 2**20 < result.our_peak < 2**30
    assert result.our_peak / result.their_peak == pytest.approx(1, abs=0.5)


def test_a_speedup_is_theirs_over_ours_round_by_round():
    result = Comparison([1.0, 2.0], [3.0, 4.0], 1, 1, 0, 0)
    assert result.speedups == [2.0, 3.0]
