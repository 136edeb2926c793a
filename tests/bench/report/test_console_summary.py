from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from bench.report.charts.gain import gain_panels
from bench.report.charts.tradeoff import tradeoff
from bench.report.console_summary import print_summary
from bench.report.tables.latency import query_latency_table
from bench.report.values.text import NOTHING, milliseconds


def summary(results, width=100):
    """Return what is printed on a console of so many columns."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)
    with console.capture() as capture:
        print_summary(results, console)
    return capture.get()


def test_summary_has_quality_and_time_of_every_cell(make_results):
    results = make_results(datasets=["x", "y"], notes={"y": "pool"}, missing=("y, model-1: latency",))
    text = summary(results)
    quality = results.quality[results.quality["measure"] == "nDCG@10"]
    for _, values in quality.groupby(["dataset", "model"])["value"]:
        assert f" {values.mean():.3f} " in text
    for _, seconds in results.timings.groupby(["dataset", "model"])["seconds"]:
        assert f" {milliseconds(seconds.median() * 1000)} ms " in text
    assert " y† " in text
    assert "† y: pool\n" in text
    assert " Average† " in text
    assert "Incomplete: 1 planned measurement missing\n  y, model-1: latency\n" in text


def test_reranking_nothing_takes_no_time_to_tell(make_results):
    """Of a dataset whose queries have no candidates: the others keep theirs, and charts are drawn without it."""
    results = make_results(datasets=["x", "y"], models=["small"])
    timings = results.timings.copy()
    timings.loc[timings["dataset"] == "y", ["candidates", "tokens", "seconds"]] = [0, 0, 1e-6]
    results = replace(results, timings=timings)
    text = summary(results)
    assert text.count(" ms ") == 1
    assert " 0.00 ms" not in text
    assert re.search(rf"│ +{NOTHING} │$", text, re.MULTILINE)
    assert query_latency_table(results).shown(1, "median ms") == NOTHING
    assert tradeoff(results).points == {}
    assert [panel.dataset for panel in gain_panels(results)] == ["x"]


def test_a_run_of_latency_alone_is_told_in_words(make_results):
    text = " ".join(summary(make_results(models=["L-4 x 384 (random weights)"], datasets=0), 80).split())
    assert text.startswith("synthetic: Median time per request by tokens per pair.")
    assert "L-4 x 384 (random weights) " in text
    assert "nDCG" not in text


@pytest.mark.parametrize("width", [40, 80, 100, 200])
def test_summary_fits_and_loses_no_model(make_results, width):
    names = [f"ms-marco-MiniLM-variant-{number}" for number in range(5)]
    text = summary(make_results(models=names, datasets=["x"]), width)
    assert max(map(len, text.splitlines())) <= width
    assert text.count(" ms \N{BOX DRAWINGS LIGHT VERTICAL}") == len(names)


def test_brackets_in_names_are_not_markup(make_results):
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    with console.capture() as capture:
        print_summary(make_results(models=["[red]m[/red]"], datasets=["[bold]"], missing=("[x]",)), console)
    assert "[red]m[/red]" in capture.get()
    assert "[bold]" in capture.get()


@pytest.mark.parametrize("changes", [{"models": 0}, {"datasets": 0}, {"models": 0, "datasets": 0}, {"queries": 1}])
def test_summary_of_little(make_results, changes):
    assert summary(make_results(**changes)).startswith("synthetic: ")
