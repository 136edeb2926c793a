"""The list of sections is all that a report follows: a row added to it is found in everything that is written."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from bench.report import sections
from bench.report.assemble import assemble
from bench.report.charts import chart_list
from bench.report.charts.chart_list import CHARTS
from bench.report.sections import SECTIONS, ChartRow, Part, one
from bench.report.tables.table import Table
from bench.report.write import write_report


def named_charts():
    return [
        row.name for section in SECTIONS for part in section.parts for row in part.rows if isinstance(row, ChartRow)
    ]


def test_every_chart_of_the_list_has_one_place():
    assert sorted(named_charts()) == sorted(kind.name for kind in CHARTS)


def test_every_table_has_a_name_of_its_own(make_results):
    names = [table.name for table in assemble(make_results(), {}).tables]
    assert len(set(names)) == len(names) > 10


def made_up(_):
    return Table("made-up", "What was made up. It is nothing.", pd.DataFrame({"model": ["m"], "worth": ["much"]}))


@pytest.fixture
def added(monkeypatch):
    """One more row in the list of sections, and one more in the list of charts, which no section names."""
    first, *others = SECTIONS
    longer = replace(first, parts=(*first.parts, Part((one(made_up),), "Worth")))
    monkeypatch.setattr(sections, "SECTIONS", (longer, *others))
    (gain,) = (kind for kind in CHARTS if kind.name == "gain")
    monkeypatch.setattr(chart_list, "CHARTS", (*CHARTS, replace(gain, name="made-up")))


@pytest.mark.usefixtures("added")
def test_a_row_added_is_in_both_pages_and_among_the_files(make_results, tmp_path):
    write_report(make_results(models=1, datasets=2), tmp_path, latex=True, png=True)
    markdown = (tmp_path / "report.md").read_text(encoding="utf-8")
    section = markdown.split("\n## Quality\n")[1].split("\n## ")[0]
    assert "### Worth\n\nWhat was made up. It is nothing.\n\n| model | worth |" in section
    assert 'srcset="plots/made-up-dark.svg"' in markdown.split("\n## Further charts\n")[1]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.index('id="quality"') < page.index('id="table-made-up"') < page.index('id="tradeoff"')
    assert '<a href="#further">Further</a>' in page
    assert page.split('id="further"')[1].count('<figure class="image">') == 1
    for name in ("tables/made-up.csv", "tables/made-up.md", "tables/made-up.tex"):
        assert (tmp_path / name).is_file()
    for theme in ("light", "dark"):
        assert (tmp_path / f"plots/made-up-{theme}.svg").is_file()
        assert (tmp_path / f"plots/made-up-{theme}.png").is_file()
