from __future__ import annotations

import dataclasses

from bench.report.tables.latency import query_latency_table, request_latency_table


def test_latency_tables_state_conditions(make_results):
    results = make_results(notes={"dataset-1": "pool"}, settings=((8, 2),), repeats=7)
    table = query_latency_table(results)
    assert "2 threads" in table.caption
    assert [markers for markers in table.markers if markers] == [("†",)] * 2
    grid = request_latency_table(results)
    assert {grid.shown(row, "requests") for row in range(len(grid.frame))} == {"7"}
    assert {grid.shown(row, "passages/request") for row in range(len(grid.frame))} == {"8"}
    assert {grid.shown(row, "threads") for row in range(len(grid.frame))} == {"2"}


def test_nothing_timed_gives_empty_tables(make_results):
    results = make_results()
    results = dataclasses.replace(results, timings=results.timings.iloc[:0], latency=results.latency.iloc[:0])
    assert query_latency_table(results).frame.empty
    assert request_latency_table(results).frame.empty
