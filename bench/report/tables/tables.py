"""The tables of a report: what stands in which cell. How a table is written is ``render``'s business."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from bench.common.words import count_of
from bench.report.tables.certainty import with_certainty
from bench.report.tables.table import Format as Format
from bench.report.tables.table import Table as Table
from bench.report.values import aggregate
from bench.report.values.fingerprint import machine_rows
from bench.report.values.text import milliseconds, one_decimal, rate, score, slug, thousands
from bench.results.run_results import JUDGED, RunResults


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
        rows.append({"dataset": average_label(results, averaged), "queries": None, **average})
        row_markers.append(tuple(dict.fromkeys(markers[name] for name in averaged if name in markers)))
        remarks = (_average_remark(results, averaged),)
    elif len(results.datasets) > 1:
        remarks = ("No average: fewer than two datasets have a number in every column.",)
    types: dict[str, Any] = {"queries": "Int64"} | dict.fromkeys(labels, float)
    frame = pd.DataFrame(rows, columns=["dataset", "queries", *labels]).astype(types)
    table = Table(
        name=f"quality-{slug(measure)}",
        caption=f"{measure}, mean over queries; the best of each row in bold.",
        frame=frame,
        formats={"queries": thousands, **dict.fromkeys(labels, score)},
        markers=tuple(row_markers),
        notes=aggregate.notes_by_marker(results),
        remarks=remarks,
        best=_best(frame, labels),
    )
    return with_certainty(table, results, measure)


def query_latency_table(results: RunResults) -> Table:
    """Return the time per query seen while measuring quality, per dataset and model."""
    markers = aggregate.note_markers(results)
    frame = aggregate.query_latency(results).drop(columns="p5 ms")
    threads = results.machine.get("threads")
    return Table(
        name="query-latency",
        caption="Time to rerank one query's candidates, seen while measuring quality"
        + (f", {count_of(threads, 'thread')}." if isinstance(threads, int) else "."),
        frame=frame,
        formats={
            "queries": thousands,
            "candidates/query": one_decimal,
            "tokens/pair": one_decimal,
            **_LATENCY_FORMATS,
            "pairs/s": rate,
        },
        markers=tuple((markers[name],) if name in markers else () for name in frame["dataset"]),
        notes=aggregate.notes_by_marker(results),
        remarks=(
            "Candidates and tokens are means; a pair is the query and one candidate, special tokens included. "
            "Rates are totals over the total time.",
        ),
    )


def request_latency_table(results: RunResults) -> Table:
    """Return the latency measurement: time per request by model, threads, passages per request and tokens per pair."""
    return Table(
        name="latency",
        caption="Time per request by length of the pairs.",
        frame=aggregate.request_latency(results).drop(columns="p5 ms"),
        formats={
            "threads": thousands,
            "passages/request": thousands,
            "tokens/pair": thousands,
            "requests": thousands,
            **_LATENCY_FORMATS,
        },
        remarks=("Every percentile is over the number of requests that its row states.",),
    )


def models_table(results: RunResults) -> Table:
    """Return depth, width, size and length limit of every model."""
    rows = [
        (model.name, model.layers, model.hidden_size, model.size_bytes / 1e6, model.max_length)
        for model in results.models
    ]
    return Table(
        name="models",
        caption="The models.",
        frame=pd.DataFrame(rows, columns=["model", "layers", "width", "size MB", "longest pair, tokens"]),
        formats={"layers": thousands, "width": thousands, "size MB": one_decimal, "longest pair, tokens": thousands},
    )


def datasets_table(results: RunResults) -> Table:
    """Return queries measured and left out, first stage, its share of judged documents and caveat of every dataset."""
    judged = aggregate.mean_quality(results, JUDGED)
    first_stage = aggregate.first_stage_row(results)
    frame = pd.DataFrame(
        {
            "dataset": list(results.datasets),
            "queries": pd.array([results.queries.get(name) for name in results.datasets], dtype="Int64"),
            "left out": pd.array([results.unjudged.get(name) for name in results.datasets], dtype="Int64"),
            "first stage": [results.first_stage.get(name) for name in results.datasets],
            JUDGED: [judged.loc[name, first_stage] if first_stage else math.nan for name in results.datasets],
            "caveat": [results.notes.get(name, "") for name in results.datasets],
        }
    )
    return Table(
        name="datasets",
        caption="The datasets, the queries measured, those left out because nothing is judged for them, and the share "
        "of the first stage's first 10 documents that is judged.",
        frame=frame,
        formats={"queries": thousands, "left out": thousands, JUDGED: score},
    )


def judged_table(results: RunResults) -> Table:
    """Return the share of the first 10 documents that is judged, per dataset (rows) and first stage or model (columns).

    The table has no rows where no run says so.
    """
    means = aggregate.mean_quality(results, JUDGED).dropna(how="all")
    labels = list(map(str, means.columns))
    return Table(
        name="judged",
        caption=f"{JUDGED}: the share of the first 10 documents that is judged, mean over queries. The others count as "
        "not relevant, so a row with a smaller share may be better than its numbers.",
        frame=means.rename_axis("dataset").reset_index(),
        formats=dict.fromkeys(labels, score),
    )


def machine_table(results: RunResults) -> Table:
    """Return the fingerprint of the machine and of the software."""
    frame = pd.DataFrame(machine_rows(results.machine), columns=["property", "value"], dtype=object)
    return Table(name="machine", caption="The machine and the software.", frame=frame)


def average_label(results: RunResults, averaged: tuple[str, ...]) -> str:
    """Return the label of the average, which says so when it does not go over all datasets."""
    whole = len(averaged) == len(results.datasets)
    return "Average" if whole else f"Average ({len(averaged)} of {len(results.datasets)})"


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


_LATENCY_FORMATS: dict[str, Format] = {
    "median ms": milliseconds,
    "p95 ms": milliseconds,
    "p99 ms": milliseconds,
    "tokens/s": rate,
}
