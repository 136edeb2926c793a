"""The models and the datasets that were measured, and the share of their first documents that is judged."""

from __future__ import annotations

import math

import pandas as pd

from bench.report.tables.table import Table
from bench.report.values import aggregate
from bench.report.values.text import one_decimal, score, thousands
from bench.results.run_results import JUDGED, RunResults


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
