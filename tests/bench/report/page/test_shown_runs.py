from __future__ import annotations

from dataclasses import replace
from typing import Any

from bench.report.page.shown_runs import PageRuns

MACHINE = {"cpu": "Some CPU", "architecture": "x86_64", "cpu_family": [25, 1, 1], "cores": 2, "isa": ["avx2"]}


def test_runs_are_told_apart_by_name_then_commit_then_place(make_results: Any) -> None:
    run = make_results(name="one", machine={"commit": "aaaaaaaaaa"})
    assert PageRuns(run).labels == ("one",)
    assert PageRuns(run, replace(run, name="two")).labels == ("one", "two")
    assert PageRuns(run, replace(run, machine={"commit": "bbbbbbbbbb"})).labels == ("one (aaaaaaa)", "one (bbbbbbb)")
    assert PageRuns(run, run).labels == ("one (this run)", "one (other run)")
    assert PageRuns(run, replace(run, machine={})).labels == ("one (this run)", "one (other run)")


def test_times_are_comparable_on_the_same_machine_only(make_results: Any) -> None:
    run = make_results(machine=MACHINE)
    assert PageRuns(run, replace(run, machine=MACHINE | {"commit": "new", "versions": {"numpy": "3"}})).times_comparable
    assert not PageRuns(run, replace(run, machine=MACHINE | {"cores": 4})).times_comparable
    assert not PageRuns(run, replace(run, machine={})).times_comparable


def test_what_the_page_is_about_comes_first(make_results: Any) -> None:
    runs = PageRuns(
        make_results(models=("b", "a"), datasets=("y",)),
        make_results(models=("c", "a"), datasets=("x", "y"), measures=("RR@10", "P@1")),
    )
    assert runs.models == ("b", "a", "c")
    assert runs.datasets == ("y", "x")
    assert runs.measures == ("RR@10",)
