"""The certainty of a table of means: an interval for each mean, and which means are significantly better than which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from string import ascii_lowercase, ascii_uppercase

import pandas as pd

from bench.common.words import count_of
from bench.report.tables.comparisons import LEVEL, compare_rows, family_size, query_remarks
from bench.report.tables.table import Table
from bench.report.values import aggregate
from bench.report.values.text import score
from bench.results.run_results import RunResults
from bench.stats.intervals import Interval, bootstrap_average, bootstrap_interval


def with_certainty(table: Table, results: RunResults, measure: str) -> Table:
    """Return the table of a measure's means with their intervals and superscripts, and what explains both.

    Args:
        table: A row a dataset in experiment order, and perhaps the average in a last one; a column a row label.
        results: What ``table`` was made of.
        measure: The measure that its cells are means of.

    Raises:
        BenchError: A value is not a finite number, or a query has two.
    """
    pairs = compare_rows(results, measure)
    family = family_size(pairs)
    labels = aggregate.row_labels(results)
    letter = letters(labels) if family else {}
    beaten = {(pair.dataset, *pair.ranked) for pair in pairs if pair.significant}
    worse = {
        (row, label): [other for other in labels if (dataset, label, other) in beaten]
        for row, dataset in enumerate(results.datasets)
        for label in labels
    }
    explained = (
        " A superscript names the columns that a mean is significantly better than: paired permutation test, "
        f"p < {LEVEL} after Holm's correction over {count_of(family, 'comparison')}."
    )
    average = " The average is not tested." if len(table.frame) > len(results.datasets) else ""
    intervals = mean_intervals(results, measure)
    ends = [f"{label} {end}" for label in labels for end in ("low", "high")]
    return replace(
        table,
        formats={**table.formats, **dict.fromkeys(ends, score)},
        caption=f"{table.caption} In brackets the 95 % bootstrap interval of the mean."
        + (explained + average if family else ""),
        remarks=(*table.remarks, *query_remarks(results, measure)),
        intervals=intervals,
        letters=letter,
        superscripts={cell: "".join(letter[other] for other in others) for cell, others in worse.items() if others},
        exact=_exact(table, results, measure, intervals, worse),
    )


def mean_intervals(results: RunResults, measure: str) -> dict[tuple[int, str], Interval]:
    """Return (number of the dataset, row label) -> 95 % interval of the mean over queries; none for one query.

    Where there is an average, its row follows the last dataset's. Its bootstrap samples are drawn from every dataset.
    """
    values = aggregate.query_values(results, measure)
    intervals = {
        (row, label): bootstrap_interval(values[dataset, label])
        for row, dataset in enumerate(results.datasets)
        for label in aggregate.row_labels(results)
        if (dataset, label) in values and len(values[dataset, label]) > 1
    }
    averaged = aggregate.averaged_datasets(aggregate.mean_quality(results, measure))
    if len(averaged) > 1:
        for label in aggregate.row_labels(results):
            samples = [values[dataset, label] for dataset in averaged if (dataset, label) in values]
            if len(samples) == len(averaged) and all(len(sample) > 1 for sample in samples):
                intervals[len(results.datasets), label] = bootstrap_average(samples)
    return intervals


def letters(labels: Sequence[str]) -> dict[str, str]:
    """Return label -> the letter that stands for it in superscripts: a to z, A to Z, then a2 and so on."""
    once = ascii_lowercase + ascii_uppercase
    return {
        label: once[number % len(once)] + (str(number // len(once) + 1) if number >= len(once) else "")
        for number, label in enumerate(labels)
    }


def _exact(
    table: Table,
    results: RunResults,
    measure: str,
    intervals: dict[tuple[int, str], Interval],
    worse: dict[tuple[int, str], list[str]],
) -> pd.DataFrame:
    """Return for every column of means the ends of its interval, its queries, and the labels that it is better than."""
    values = aggregate.query_values(results, measure)
    columns: dict[str, list[float | int | str | None]] = {}
    for label in aggregate.row_labels(results):
        cells = [(row, label) for row in range(len(table.frame))]
        columns[f"{label} low"] = [intervals[cell].low if cell in intervals else None for cell in cells]
        columns[f"{label} high"] = [intervals[cell].high if cell in intervals else None for cell in cells]
        counts = [len(values[dataset, label]) if (dataset, label) in values else None for dataset in results.datasets]
        columns[f"{label} queries"] = [*counts, *[None] * (len(table.frame) - len(counts))]
        columns[f"{label} better than"] = ["; ".join(worse.get(cell, ())) for cell in cells]
    types = {name: "Int64" if name.endswith(" queries") else object for name in columns}
    return pd.DataFrame(columns, index=table.frame.index, dtype=object).astype(types)
