from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from bench.report.page.shown_runs import PageRuns
from bench.report.page.table_view import TableView, identifying_columns, view, view_both
from bench.report.tables.table import Table
from bench.report.values.text import NOTHING, milliseconds, score, thousands
from bench.stats.intervals import Interval

MACHINE = {"cpu": "Some CPU", "architecture": "x86_64", "cpu_family": [25, 1, 1], "cores": 2, "isa": ["avx2"]}


def table(**columns: list[Any]) -> Table:
    formats = {"value": score, "median ms": milliseconds, "threads": thousands, "requests": thousands}
    frame = pd.DataFrame({name.replace("_", " "): cells for name, cells in columns.items()})
    return Table("t", "What it is. And more.", frame, {name: formats[name] for name in frame if name in formats})


def cells(found: TableView, column: str) -> list[tuple[str, str | None, str]]:
    place = [each.label for each in found.columns].index(column)
    return [(row.cells[place].text, row.cells[place].before, row.cells[place].change) for row in found.rows]


@pytest.fixture
def runs(make_results: Any) -> PageRuns:
    run = make_results(datasets=("a", "b"), machine=MACHINE)
    return PageRuns(run, replace(run, name="other"))


def test_a_cell_has_its_text_and_what_it_sorts_by() -> None:
    found = view(
        replace(
            table(dataset=["a", "Average"], value=[0.12345, float("nan")]),
            markers=(("†",), ()),
            notes={"†": "caveat", "‡": "unused"},
            intervals={(0, "value"): Interval(0.1, 0.2)},
            superscripts={(0, "value"): "b"},
            best=frozenset({(0, "value")}),
        ),
        ["a"],
    )
    assert (found.title, found.detail, found.notes) == ("What it is", "And more.", {"†": "caveat"})
    number = found.rows[0].cells[1]
    assert (number.text, number.value, number.interval) == ("0.123", "0.12345", "[0.100, 0.200]")
    assert (number.superscript, number.best, found.rows[0].markers) == ("b", True, ("†",))
    assert (found.rows[1].cells[1].text, found.rows[1].cells[1].value) == (NOTHING, "")
    assert [row.apart for row in found.rows] == [False, True]


def test_rows_are_identified_by_names_then_by_as_many_settings_as_it_takes() -> None:
    assert identifying_columns(table(dataset=["a", "b"], value=[1, 2])) == ("dataset",)
    grid = table(model=["m", "m"], threads=[1, 2], requests=[9, 9], median_ms=[3.0, 2.0])
    assert identifying_columns(grid) == ("model", "threads")
    assert identifying_columns(table(property=["CPU", "OS"], text=["x", "x"])) == ("property",)


def test_both_runs_stand_in_a_cell_with_their_difference(runs: PageRuns) -> None:
    here, there = (table(dataset=["a", "b"], value=values) for values in ([0.5, 0.25], [0.45, 0.2501]))
    found = view_both(here, there, runs)
    assert cells(found, "value") == [("0.500", "0.450", "+0.050"), ("0.250", "0.250", "=")]
    assert cells(found, "dataset") == [("a", None, ""), ("b", None, "")]
    assert found.compared == "other"


def test_settings_that_only_one_run_has_are_not_set_against_others(runs: PageRuns) -> None:
    here = table(model=["m", "m"], threads=[1, 2], median_ms=[10.0, 6.0])
    there = table(model=["m", "m"], threads=[2, 4], median_ms=[5.0, 3.0])
    found = view_both(here, there, runs)
    assert cells(found, "threads") == [("1", None, ""), ("2", None, ""), ("4", None, "")]
    assert cells(found, "median ms") == [
        ("10.0", None, ""),
        ("6.00", "5.00", "1.20\N{MULTIPLICATION SIGN}"),
        (NOTHING, "3.00", ""),
    ]


def test_times_of_different_machines_are_no_ratio(runs: PageRuns) -> None:
    apart = PageRuns(runs.own, replace(runs.own, name="other", machine=MACHINE | {"cpu": "Other CPU"}))
    here, there = (table(model=["m"], median_ms=[value]) for value in (10.0, 5.0))
    found = view_both(here, there, apart)
    assert cells(found, "median ms") == [("10.0", "5.00", "")]
    assert "different machines" in found.remarks[-1]


def test_texts_are_shown_again_only_where_they_differ(runs: PageRuns) -> None:
    here = table(property=["CPU", "OS"], text=["x", "Linux"])
    there = table(property=["CPU", "OS"], text=["y", "Linux"])
    assert cells(view_both(here, there, runs), "text") == [("x", "y", ""), ("Linux", None, "")]
