"""The table of cold starts."""

from __future__ import annotations

from bench.report.tables.systems.cold_start import cold_start_table
from tests.bench.report.cold_starts import cold_starts


def test_every_setting_has_a_row_for_each_system(make_results):
    table = cold_start_table(make_results(models=1, **cold_starts()))
    assert len(table.frame) == 8
    assert [table.shown(1, column) for column in table.frame] == [
        *("model-0", "1", "5", "Theirs"),
        *("2,400", "2.00", "360", "1,024", "5.64", "5"),
    ]
    assert table.shown_interval(0, "times as long") == ""
    assert table.shown_interval(1, "times as long") == "[2.00, 2.00]"
    assert "0.0000100000 dollars per GB-second. A process answers 10 before it ends" in table.remarks[1]


def test_the_price_of_lambda_is_named(make_results):
    made = cold_starts()
    made["cold_start"] = made["cold_start"].model_copy(update={"price": 0.0000166667})
    table = cold_start_table(make_results(models=1, **made))
    assert "0.0000166667 dollars per GB-second (AWS Lambda's for x86" in table.remarks[1]


def test_what_is_not_there_is_explained(make_results):
    table = cold_start_table(make_results(models=1, **cold_starts(left_out=["Theirs"])))
    assert set(table.frame["system"]) == {"Ours"}
    assert table.remarks[-1] == "Theirs was left out: no network."
    table = cold_start_table(make_results(models=1, **cold_starts(failing=["Theirs"])))
    assert table.remarks[-1] == "Theirs could not answer with model-0: the process ended."


def test_a_run_without_cold_starts_has_no_rows(make_results):
    table = cold_start_table(make_results())
    assert table.frame.empty
    assert table.remarks == ()
