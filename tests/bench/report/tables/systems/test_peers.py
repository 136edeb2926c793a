"""The table of systems side by side."""

from __future__ import annotations

from bench.report.tables.systems.peers import peers_table
from tests.bench.report.side_by_side import side_by_side

DASH = "\N{EN DASH}"


def test_every_system_has_a_row_with_its_ratio_and_interval(make_results):
    table = peers_table(make_results(models=1, **side_by_side()))
    assert "times the time and memory of Ours" in table.caption
    assert table.frame["system"].tolist() == ["Ours", "Theirs", "Others, torch"] * 2
    assert [table.shown(1, column) for column in table.frame][:4] == ["model-0", "short, 5 passages", "Theirs", "9"]
    assert table.shown(0, "times as long") == "1.00"
    assert table.shown_interval(0, "times as long") == ""
    assert table.shown(1, "times as long").startswith("2.")
    assert table.shown_interval(1, "times as long").startswith("[2.")
    assert [table.shown(1, column) for column in table.frame][-5:] == ["200", "2.00", "0.010", "0.100", "0.900"]
    assert "What was run: Ours: library==0.0; Theirs: library==1.0; Others, torch: library==2.0." in table.remarks
    assert not any("could not" in remark or "left out" in remark for remark in table.remarks)


def test_what_is_not_there_is_explained(make_results):
    failing = [("short, 5 passages", "Theirs"), ("long, 100 passages", "Theirs")]
    table = peers_table(make_results(models=1, **side_by_side(failing=failing, left_out=["Others, torch"])))
    assert table.frame["system"].tolist() == ["Ours", "Theirs (could not answer)"] * 2
    assert [table.shown(1, column) for column in table.frame][4:] == [DASH] * 8
    assert table.remarks[-2:] == (
        "Theirs could not answer (short, 5 passages with model-0; long, 100 passages with model-0): the process ended "
        "(code -9).",
        "Others, torch was left out: no network.",
    )


def test_a_run_that_did_not_compare_has_no_rows(make_results):
    table = peers_table(make_results())
    assert table.frame.empty
    assert table.remarks == ()
