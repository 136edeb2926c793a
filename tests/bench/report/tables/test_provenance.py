"""The machine, and where rows come from, which is there only where they come from several places."""

from __future__ import annotations

from dataclasses import replace

from bench.provenance.comparability import CellProvenance
from bench.report.assemble import assemble
from bench.report.markdown import render_markdown
from bench.report.page.render import render_html
from bench.report.tables.provenance import machine_table, provenance_table

PLACE = {"timed": False, "libraries": {}, "machine": "id", "where": "Some CPU, 2 cores (avx2, fma)"}


def cell(rows, code, commit):
    return CellProvenance(rows=rows, code={"engine": code, "quality": 1}, commit=commit * 40, **PLACE)


def test_the_report_says_which_rows_come_from_where(make_results):
    cells = cell("SciFact: nano", 1, "a"), cell("x", 1, "a"), cell("y", 2, "b")
    assert provenance_table(make_results(provenance=cells[:2])).frame.empty
    assert provenance_table(make_results(provenance=cells)).frame.to_numpy().tolist() == [
        ["aaaaaaaaaaaa", "engine 1", "", "Some CPU, 2 cores (avx2, fma)", "2", "SciFact: nano; x"],
        ["bbbbbbbbbbbb", "engine 2", "", "Some CPU, 2 cores (avx2, fma)", "1", "y"],
    ]


def test_the_page_warns_of_mixed_rows(make_results):
    mixed = assemble(make_results(provenance=(cell("x", 1, "a"), cell("y", 1, "b"))), {})
    page = render_markdown(mixed)
    assert "> **The rows below are not of one measurement:**" in page
    assert "> - measured at 2 commits: aaaaaaaaaaaa: x; bbbbbbbbbbbb: y" in page
    assert "measured at 2 commits: aaaaaaaaaaaa: x; bbbbbbbbbbbb: y" in render_html(mixed)
    clean = assemble(make_results(provenance=(cell("x", 1, "a"),)), {})
    assert "not of one measurement" not in render_markdown(clean)
    assert "every row is of one commit, one code and one machine" in render_html(clean)


def test_the_machine_is_named(make_results):
    table = machine_table(make_results())
    assert ("CPU", "Some CPU") in list(table.frame.itertuples(index=False, name=None))
    assert table.remarks == ()


def test_the_machine_says_what_else_measured_quality(make_results):
    one = cell("x", 1, "a")
    remark, *more = machine_table(make_results(provenance=(one, replace(one, rows="y", machine="other")))).remarks
    assert more == []
    assert remark.startswith("quality is of several machines")
