"""Every row of a report against every other, query by query: which is better, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from bench.common.words import count_of
from bench.report.tables.table import Table
from bench.report.values import aggregate
from bench.report.values.text import file_stem, p_value, signed, signed_coarsely, thousands
from bench.results.run_results import RunResults
from bench.stats.correction import holm
from bench.stats.paired_comparison import PairedComparison, compare_paired

#: Corrected p-values below it are called significant.
LEVEL = 0.05


@dataclass(frozen=True)
class RowPair:
    """Two rows on a dataset, over the queries that both have.

    Attributes:
        dataset: Label of the dataset.
        row: Label of the first stage or model that is compared.
        base: Label of the one it is compared with, which stands before it in the report.
        comparison: ``row`` against ``base``.
        p_holm: The permutation test's p-value, corrected over the measure's pairs; NaN where one query is all there is.
    """

    dataset: str
    row: str
    base: str
    comparison: PairedComparison
    p_holm: float

    @property
    def significant(self) -> bool:
        """Whether the corrected p-value is below the level."""
        return self.p_holm < LEVEL

    @property
    def ranked(self) -> tuple[str, str]:
        """The better row and the worse."""
        return (self.row, self.base) if self.comparison.difference > 0 else (self.base, self.row)


def compare_rows(results: RunResults, measure: str) -> tuple[RowPair, ...]:
    """Return all pairs of rows on every dataset, in experiment order.

    P-values are corrected over all pairs on all datasets, as a reader of the table picks the remarkable ones from all
    of them.

    Raises:
        BenchError: A value is not a finite number, or a query has two.
    """
    values = aggregate.query_values(results, measure)
    compared = []
    for dataset in results.datasets:
        rows = [label for label in aggregate.row_labels(results) if (dataset, label) in values]
        for base, row in combinations(rows, 2):
            new, old = values[dataset, row].align(values[dataset, base], join="inner")
            if len(new):
                compared.append((dataset, row, base, compare_paired(new.to_numpy(), old.to_numpy())))
    corrected = iter(holm([comparison.p_permutation for *_, comparison in compared if comparison.n > 1]))
    return tuple(
        RowPair(dataset, row, base, comparison, next(corrected) if comparison.n > 1 else float("nan"))
        for dataset, row, base, comparison in compared
    )


def family_size(pairs: Iterable[RowPair]) -> int:
    """Return the size of the family: the pairs that could be tested."""
    return sum(pair.comparison.n > 1 for pair in pairs)


def comparisons_table(results: RunResults, measure: str) -> Table:
    """Return every pair of rows a dataset: difference with its interval, queries won and lost, tests, effect size."""
    pairs = compare_rows(results, measure)
    rows = [
        {"dataset": pair.dataset, "model": pair.row, "against": pair.base, "queries": pair.comparison.n}
        | {"difference": pair.comparison.difference}
        | {"won": pair.comparison.wins, "tied": pair.comparison.ties, "lost": pair.comparison.losses}
        | {"p, permutation": pair.comparison.p_permutation, "p, t-test": pair.comparison.p_t, "p, Holm": pair.p_holm}
        | {"effect size": pair.comparison.effect_size}
        for pair in pairs
    ]
    tested = {number: pair.comparison.interval for number, pair in enumerate(pairs) if pair.comparison.n > 1}
    exact = pd.DataFrame(
        {f"difference {end}": {row: getattr(tested[row], end) for row in tested} for end in ("low", "high")},
        index=range(len(pairs)),
        dtype=float,
    )
    markers = aggregate.note_markers(results)
    return Table(
        name=f"comparisons-{file_stem(measure)}",
        caption=f"{measure}, every row against every other over the same queries: the mean difference with its 95 % "
        "bootstrap interval, and paired tests.",
        frame=pd.DataFrame(rows, columns=list(_FORMATS)),
        formats={column: shown for column, shown in _FORMATS.items() if shown is not None}
        | dict.fromkeys(exact.columns, signed),
        markers=tuple((markers[pair.dataset],) if pair.dataset in markers else () for pair in pairs),
        notes=aggregate.notes_by_marker(results),
        remarks=(
            "Two-sided tests: the paired permutation test and the paired t-test. Holm's correction is that of the "
            f"permutation test over the {count_of(family_size(pairs), 'comparison')} of this table; below {LEVEL} the "
            "difference is called significant. The effect size is Cohen's d_z: the mean difference over the standard "
            "deviation of the differences.",
            *query_remarks(results, measure),
        ),
        intervals={(row, "difference"): interval for row, interval in tested.items()},
        exact=exact,
    )


def query_remarks(results: RunResults, measure: str) -> tuple[str, ...]:
    """Return remarks on datasets whose rows have different queries, and on those with one query only."""
    values = aggregate.query_values(results, measure)
    remarks, single = [], []
    for dataset in results.datasets:
        rows = {label: values[dataset, label] for label in aggregate.row_labels(results) if (dataset, label) in values}
        if len({tuple(of_queries.index) for of_queries in rows.values()}) > 1:
            counts = ", ".join(f"{label} {count_of(len(of_queries), 'query')}" for label, of_queries in rows.items())
            remarks.append(
                f"{dataset}: not every row has the same queries ({counts}); two rows are compared over those that "
                "both have."
            )
        if any(len(of_queries) == 1 for of_queries in rows.values()):
            single.append(dataset)
    if single:
        remarks.append(f"{', '.join(single)}: one query only, so there is no interval and no test.")
    return tuple(remarks)


_FORMATS = {
    "dataset": None,
    "model": None,
    "against": None,
    "queries": thousands,
    "difference": signed,
    "won": thousands,
    "tied": thousands,
    "lost": thousands,
    "p, permutation": p_value,
    "p, t-test": p_value,
    "p, Holm": p_value,
    "effect size": signed_coarsely,
}
