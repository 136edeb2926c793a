from __future__ import annotations

import math

import pandas as pd

from bench.report.tables.footprint import footprint_table
from bench.results.run_results import FOOTPRINT


def footprint(*joules):
    rows = [(f"model-{i}", 512, 10, 2, 30, (i + 1) * 100 * 2**20, value) for i, value in enumerate(joules)]
    return pd.DataFrame(rows, columns=list(FOOTPRINT))


def test_memory_stands_by_model_with_the_request_that_took_it(make_results):
    table = footprint_table(make_results(footprint=footprint(math.nan, math.nan)))
    assert list(table.frame) == ["model", "threads", "passages/request", "tokens/pair", "peak MiB"]
    assert [table.shown(1, column) for column in table.frame] == ["model-1", "2", "10", "512", "200"]
    assert "does not measure its energy" in table.remarks[0]


def test_energy_stands_beside_it_where_the_machine_tells(make_results):
    table = footprint_table(make_results(footprint=footprint(12.345, math.nan)))
    assert [table.shown(row, "J/request") for row in (0, 1)] == ["12.3", "\N{EN DASH}"]
    assert "whole machine" in table.remarks[0]


def test_a_run_that_did_not_measure_it_has_no_rows(make_results):
    assert footprint_table(make_results()).frame.empty
