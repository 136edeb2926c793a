"""The chart of systems side by side: what it shows, in words."""

from __future__ import annotations

from bench.report.charts.peers import describe_peers, peers_rows
from tests.bench.report.side_by_side import side_by_side


def test_only_comparisons_with_something_to_compare_are_rows(make_results):
    results = make_results(models=1, **side_by_side(failing=[("short, 5 passages", "Ours")]))
    assert [row.workload for row in peers_rows(results)] == ["long, 100 passages"]
    assert peers_rows(make_results(models=1, **side_by_side(left_out=["Theirs", "Others, torch"]))) == ()
    assert peers_rows(make_results()) == ()


def test_it_says_the_range_of_every_system(make_results):
    results = make_results(models=1, **side_by_side(rounds=1))
    said = describe_peers(results, peers_rows(results))
    assert said.startswith("Time of a request, as multiples of that of Ours: Theirs 2.")
    assert "Others, torch" in said
    assert said.endswith("times.")
    failing = [("short, 5 passages", "Theirs")]
    results = make_results(models=1, **side_by_side(failing=failing, left_out=["Others, torch"]))
    said = describe_peers(results, peers_rows(results))
    assert said.endswith("times, could not answer on 1 of 2 workloads.")
    assert "Others" not in said
