"""One run against another: every dataset and model that both have, query by query."""

from __future__ import annotations

import pandas as pd

from bench.common.words import count_of
from bench.report.page.shown_runs import PageRuns
from bench.report.tables.table import Table
from bench.report.values import aggregate
from bench.report.values.text import file_stem, p_value, score, signed, thousands
from bench.stats.correction import holm
from bench.stats.paired_comparison import compare_paired


def paired_table(runs: PageRuns, measure: str) -> Table:
    """Return this run against the other over the queries that both have: differences, intervals and paired tests.

    Args:
        runs: Two runs.
        measure: One that both have.
    """
    here, there = (aggregate.query_values(run, measure) for run in runs.all)
    rows, compared = [], []
    for dataset, label in (cell for cell in here if cell in there):
        new, base = here[dataset, label].align(there[dataset, label], join="inner")
        if len(new):
            found = compare_paired(new.to_numpy(), base.to_numpy())
            rows.append((dataset, label, found.n, base.mean(), new.mean(), found.difference))
            compared.append(found)
    tested = [number for number, found in enumerate(compared) if found.n > 1]
    corrected = dict(zip(tested, holm([compared[number].p_permutation for number in tested]), strict=True))
    base_label, new_label = runs.labels[1], runs.labels[0]
    frame = pd.DataFrame(rows, columns=["dataset", "model", "queries", base_label, new_label, "difference"])
    frame = frame.assign(
        gained=[found.wins for found in compared],
        same=[found.ties for found in compared],
        lost=[found.losses for found in compared],
        p=[found.p_permutation for found in compared],
        corrected=[corrected.get(number, float("nan")) for number in range(len(compared))],
    ).rename(columns={"corrected": "p, Holm"})
    markers = aggregate.note_markers(runs.own)
    return Table(
        name=f"paired-{file_stem(measure)}",
        caption=f"{measure}, {new_label} against {base_label}. Over the queries that both have, with the 95 % "
        "bootstrap interval of the difference.",
        frame=frame,
        formats=dict.fromkeys(("queries", "gained", "same", "lost"), thousands)
        | {base_label: score, new_label: score, "difference": signed, "p": p_value, "p, Holm": p_value},
        markers=tuple((markers[row[0]],) if row[0] in markers else () for row in rows),
        notes=aggregate.notes_by_marker(runs.own),
        remarks=(
            "p is that of the two-sided paired permutation test, corrected by Holm's method over the "
            f"{count_of(len(tested), 'comparison')} of this table.",
            *_unpaired(runs),
        ),
        intervals={(number, "difference"): compared[number].interval for number in tested},
    )


def _unpaired(runs: PageRuns) -> list[str]:
    """Return what only one of the runs has, in words."""
    remarks = []
    for kind, ours, theirs in (
        ("datasets", runs.own.datasets, runs.all[1].datasets),
        (
            "models",
            tuple(model.name for model in runs.own.models),
            tuple(model.name for model in runs.all[1].models),
        ),
        ("measures", runs.own.measures, runs.all[1].measures),
    ):
        for label, names, absent_from in zip(runs.labels, (ours, theirs), (theirs, ours), strict=True):
            if alone := [name for name in names if name not in absent_from]:
                remarks.append(f"Only {label} has the {kind} {', '.join(alone)}.")
    return remarks
