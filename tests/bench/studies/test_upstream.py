"""The comparison with upstream, with this checkout in both processes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.common.errors import BenchError
from bench.measure.paired_timing import paired_times
from bench.measure.request import Request
from bench.measure.worker_process import CHECKOUT, ranker_process
from bench.studies import upstream
from bench.studies.upstream import UpstreamComparison, compare_processes, compare_with_upstream, requests_of

TEXTS = [("passages", "rank " * 30, "the"), ("a", "b", "the query")]
REQUESTS = [Request(f"q{row}", "rank the query", ("d0", "d1", "d2"), texts) for row, texts in enumerate(TEXTS)]


def test_both_processes_answer_every_request(fixtures):
    model = str(fixtures / "one-logit-int8")
    with ranker_process("ours", model) as ours, ranker_process("theirs", model) as theirs:
        result = compare_processes(ours, theirs, REQUESTS, alone=2)
    assert len(result.times.ratios) == 2
    assert (result.equal_alone, result.compared_alone) == (2, 2)
    assert 10 * 2**20 < result.our_peak < 2**30
    assert result.our_peak / result.their_peak == pytest.approx(1, abs=0.5)


def test_a_speedup_is_theirs_over_ours_round_by_round():
    result = UpstreamComparison(paired_times([1.0, 2.0, 1.0], [3.0, 4.0, 2.5]), 2**20, 2**22, 19, 20)
    assert list(upstream.result_lines(result)) == [
        "   ours: median 1.000 s (1.000 to 2.000), peak memory 1 MiB",
        " 0.2.10: median 3.000 s (2.500 to 4.000), peak memory 4 MiB",
        "speed: 2.50x (2.00x to 3.00x) of 0.2.10",
        "memory: 1/4.0 of 0.2.10",
        "scores one passage at a time: 19 of 20 equal to the bit",
    ]


def test_a_peer_that_finds_this_checkout_is_refused(fixtures, monkeypatch):
    monkeypatch.setattr(
        upstream, "ranker_process", lambda *args, **options: ranker_process(*args, **{**options, "path": CHECKOUT})
    )
    with pytest.raises(BenchError, match="finds this checkout's flashrank, not an installed"):
        compare_with_upstream(sys.executable, str(fixtures / "one-logit-int8"), Path("cache"), REQUESTS)


def test_queries_come_again_when_there_are_fewer_than_rounds(collection, monkeypatch, tmp_path):
    monkeypatch.setattr("bench.studies.real_requests.indexes_dir", lambda: tmp_path)
    requests = requests_of(collection, None, passages=3, rounds=50, seed=1)
    assert len(requests) == 50
    assert len({request.query_id for request in requests}) < 50
    assert all(len(request.texts) == 3 for request in requests)
    assert requests == requests_of(collection, None, passages=3, rounds=50, seed=1)
    assert requests[:5] == requests_of(collection, None, passages=3, rounds=5, seed=1)
    with pytest.raises(BenchError, match="no query has 1000 passages"):
        requests_of(collection, None, passages=1000, rounds=5, seed=1)
