from __future__ import annotations

import pandas as pd

from bench.report import sections
from bench.report.assemble import assemble
from bench.report.charts.chart_list import charts
from bench.report.sections import Part, Section, one
from bench.report.tables.table import Table


def made_up(_):
    return Table("made-up", "What was made up.", pd.DataFrame({"model": ["m"]}))


def test_what_has_nothing_to_show_says_so_or_is_left_out(monkeypatch, make_results):
    def empty(_):
        return Table("empty", "Nothing.", pd.DataFrame({"model": []}))

    rows = (
        Section("silent", "Silent", (Part((one(empty),)),), introduction=lambda _: ("Never said.",)),
        Section("open", "Open", (Part((one(empty),), otherwise="Not measured."), Part((one(made_up),)))),
        Section("words", "Words", introduction=lambda results: (results.name,)),
    )
    monkeypatch.setattr(sections, "SECTIONS", rows)
    silent, opened, words, further = assemble(make_results(), {}).sections
    assert (silent.says_something, further.says_something, silent.introduction) == (False, False, ())
    assert [len(part.shown) for part in opened.parts] == [0, 1]
    assert words.introduction == ("synthetic",)


def test_tables_beyond_those_in_full_are_linked_to(monkeypatch, make_results):
    rows = (Section("q", "Q", (Part((lambda results: [made_up(results)] * 3,), in_full=1),)),)
    monkeypatch.setattr(sections, "SECTIONS", rows)
    (section, _) = assemble(make_results(), {}).sections
    assert [item.in_full for item in section.parts[0].items] == [True, False, False]


def test_charts_without_measurements_keep_their_place(make_results):
    results = make_results()
    report = assemble(results, charts(results))
    names = [item.row.name for item in report.items if item.row is not None]
    assert names == ["quality", "tradeoff", "gain", "pareto", "depth", "latency", "cost", "peers"]
    assert [chart.name for chart in report.charts] == ["quality", "tradeoff", "gain", "latency"]
