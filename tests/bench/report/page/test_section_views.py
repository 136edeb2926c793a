from __future__ import annotations

from dataclasses import replace
from typing import Any

from bench.report.assemble import assemble
from bench.report.charts.chart_list import charts
from bench.report.page.embedded_images import EmbeddedImage
from bench.report.page.section_views import SectionView, section_views
from bench.report.page.shown_runs import PageRuns
from bench.results.run_results import RunResults


def views_of(run: RunResults, other: RunResults | None = None, **shown: Any) -> dict[str, SectionView]:
    beside = None if other is None else assemble(other, {})
    found = section_views(
        assemble(run, charts(run)), beside, PageRuns(run, other), shown.get("drawn", ()), shown.get("images", {})
    )
    return {view.section.name: view for view in found}


def tables_of(view: SectionView) -> list[tuple[str, bool]]:
    return [(item.table.name, item.folded) for part in view.parts for item in part.items if item.table]


def test_tables_beyond_the_first_are_folded(make_results: Any) -> None:
    views = views_of(make_results(models=1, datasets=1))
    assert tables_of(views["quality"]) == [
        ("quality-ndcg-10", False),
        ("quality-rr-10", True),
        ("comparisons-ndcg-10", True),
        ("comparisons-rr-10", True),
    ]
    assert [folded for _, folded in tables_of(views["latency"])] == [False, False, True, True, True]
    assert tables_of(views["provenance"]) == [("models", False), ("datasets", False), ("machine", False)]


def test_a_chart_is_drawn_by_the_page_or_a_picture_or_missed(make_results: Any) -> None:
    picture = EmbeddedImage("gain", "Gains.", {})
    run = make_results(models=1, datasets=2)
    first, *_ = views_of(run, drawn=("tradeoff",), images={"gain": picture})["tradeoff"].parts
    assert [(item.drawn.name if item.drawn else None, item.image) for item in first.items] == [
        ("tradeoff", None),
        (None, picture),
    ]
    first, *_ = views_of(run)["tradeoff"].parts
    assert (first.items, first.otherwise) == ((), "No model has both quality and timings on a dataset.")


def test_a_table_that_only_the_other_run_has_rows_of_is_shown(make_results: Any) -> None:
    other = make_results(models=1, datasets=1)
    run = replace(other, latency=other.latency[:0])
    assert "latency" not in dict(tables_of(views_of(run)["latency"]))
    views = views_of(run, replace(other, name="other"))
    (table,) = (
        item.table
        for part in views["latency"].parts
        for item in part.items
        if item.table and item.table.name == "latency"
    )
    assert table.compared == "other"
    assert len(table.rows) == 3


def test_sections_that_say_nothing_are_left_out(make_results: Any) -> None:
    assert list(views_of(make_results(models=1, datasets=1))) == [
        "quality",
        "tradeoff",
        "latency",
        "queries",
        "reading",
        "provenance",
    ]
