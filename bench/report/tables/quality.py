"""The mean of a measure by dataset and row, and its average over datasets."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from bench.report.tables.certainty import with_certainty
from bench.report.tables.table import Table
from bench.report.values import aggregate
from bench.report.values.text import file_stem, score, thousands
from bench.results.run_results import RunResults


def quality_table(results: RunResults, measure: str) -> Table:
    """Return ``measure`` per dataset (rows) and first stage or model (columns), and the average.

    Every mean has its bootstrap interval, and names by superscripts the columns it is significantly better than.

    Raises:
        BenchError: A value is not a finite number, or a query has two.
    """
    means = aggregate.mean_quality(results, measure)
    labels = list(map(str, means.columns))
    markers = aggregate.note_markers(results)
    rows = [
        {"dataset": name, "queries": results.queries.get(name), **aggregate.quality_on(means, name)}
        for name in results.datasets
    ]
    row_markers: list[tuple[str, ...]] = [(markers[name],) if name in markers else () for name in results.datasets]
    averaged = aggregate.averaged_datasets(means)
    remarks: tuple[str, ...] = ()
    if len(averaged) > 1:
        average = aggregate.average_quality(means)
        rows.append({"dataset": aggregate.average_label(results, averaged), "queries": None, **average})
        row_markers.append(tuple(dict.fromkeys(markers[name] for name in averaged if name in markers)))
        remarks = (_average_remark(results, averaged),)
    elif len(results.datasets) > 1:
        remarks = ("No average: fewer than two datasets have a number in every column.",)
    types: dict[str, Any] = {"queries": "Int64"} | dict.fromkeys(labels, float)
    frame = pd.DataFrame(rows, columns=["dataset", "queries", *labels]).astype(types)
    table = Table(
        name=f"quality-{file_stem(measure)}",
        caption=f"{measure}, mean over queries; the best of each row in bold.",
        frame=frame,
        formats={"queries": thousands, **dict.fromkeys(labels, score)},
        markers=tuple(row_markers),
        notes=aggregate.notes_by_marker(results),
        remarks=remarks,
        best=_best(frame, labels),
    )
    return with_certainty(table, results, measure)


def _average_remark(results: RunResults, averaged: tuple[str, ...]) -> str:
    if len(averaged) == len(results.datasets):
        return f"The average weighs each of the {len(averaged)} datasets alike."
    return (
        f"The average weighs alike the {len(averaged)} datasets on which every column has a number: "
        f"{', '.join(averaged)}."
    )


def _best(frame: pd.DataFrame, labels: list[str]) -> frozenset[tuple[int, str]]:
    """Return the cells that show their row's highest number; what reads the same is equally good."""
    best: set[tuple[int, str]] = set()
    for row, (_, cells) in enumerate(frame[labels].iterrows()):
        shown = {str(label): score(value) for label, value in cells.items() if not math.isnan(value)}
        if len(shown) > 1:
            top = score(cells.max())
            best |= {(row, label) for label, text in shown.items() if text == top}
    return frozenset(best)
