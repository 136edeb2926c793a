"""The table of a run's numbers beside published ones, which says in words how far the two are comparable."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bench.data.reference_numbers import (
    Reference,
    ReferenceNumbers,
    is_judged_pool,
    load_references,
    same_name,
)
from bench.report.tables.table import Table
from bench.report.values import aggregate
from bench.report.values.text import close_score, signed_closely
from bench.results.run_results import RunResults
from bench.stats.intervals import bootstrap_interval
from flashrank import find_model

_COLUMNS = ("dataset", "model", "measure", "here", "published", "difference", "protocol", "source")
#: What stands in the column "protocol" when nothing that the run records is different.
SAME = "the same, as far as recorded"


def reference_table(results: RunResults, references: ReferenceNumbers | None = None) -> Table:
    """Return a row for every published number that a cell of ``results`` has a value for; without any, no rows.

    Args:
        results: The run.
        references: Published numbers; those that come with the project by default.
    """
    found = list(_matches(results, references or load_references()))
    markers = aggregate.note_markers(results)
    notes = {marker: results.notes[dataset] for dataset, marker in markers.items()}
    sources = {
        f"{reference.publication.source}: {reference.publication.note} {reference.publication.url}": None
        for *_, reference in found
    }
    intervals = [bootstrap_interval(_values(results, *cell)) for *cell, _ in found]
    return Table(
        name="references",
        caption="Means of this run, with 95 % intervals by bootstrap over queries, beside published ones.",
        frame=pd.DataFrame([_row(results, *match) for match in found], columns=list(_COLUMNS)),
        formats={
            **dict.fromkeys(("here", "published", "low", "high"), close_score),
            "difference": signed_closely,
        },
        intervals={(row, "here"): interval for row, interval in enumerate(intervals)},
        exact=pd.DataFrame(
            {
                "low": [interval.low for interval in intervals],
                "high": [interval.high for interval in intervals],
                "url": [reference.publication.url for *_, reference in found],
            }
        ),
        markers=tuple((markers[dataset],) if dataset in markers else () for dataset, *_ in found),
        notes={marker: notes[marker] for dataset, *_ in found if (marker := markers.get(dataset))},
        remarks=(
            *(("What a run does not record, such as the implementation of BM25, is not compared.",) if found else ()),
            *sources,
        ),
    )


def differences(results: RunResults, dataset: str, model: str, reference: Reference) -> tuple[str, ...]:
    """Return in words how this run differs from the protocol of a published number, the gravest difference first.

    Args:
        results: The run.
        dataset: A dataset of the run.
        model: A model or first stage of the run.
        reference: What was published.
    """
    publication = reference.publication
    words = []
    if is_judged_pool(dataset, results.notes.get(dataset, "")):
        words.append("judged pool only, not the full collection")
    queries, whole = results.queries.get(dataset), reference.dataset.queries
    if queries != whole:
        words.append(f"{queries:,} of {whole:,} queries" if queries else f"an unknown number of {whole:,} queries")
    first_stage = results.first_stage.get(dataset, "")
    if publication.first_stage is not None and not same_name(first_stage, publication.first_stage):
        words.append(f"candidates of {first_stage or 'an unknown first stage'}, not of {publication.first_stage}")
    if publication.depth is not None:
        depth = _deepest(results, dataset, model)
        if depth is None:
            words.append(f"depth not recorded, not surely {publication.depth:,}")
        elif depth != publication.depth:
            words.append(f"at most {depth:,} candidates a query, not {publication.depth:,}")
    if publication.precision is not None:
        # Every model that flashrank knows by name is an int8 file.
        precision = "int8" if find_model(model) is not None else "a precision not recorded"
        if precision != publication.precision:
            words.append(f"{precision}, not {publication.precision}")
    return tuple(words)


def _matches(results: RunResults, references: ReferenceNumbers) -> Iterator[tuple[str, str, str, Reference]]:
    """Yield (dataset, model, measure, reference), in the run's order, the first stage before the models."""
    for dataset in results.datasets:
        first_stage = results.first_stage.get(dataset)
        labels = [*([first_stage] if first_stage else []), *(model.name for model in results.models)]
        for model in labels:
            for measure in results.measures:
                if len(_values(results, dataset, model, measure)):
                    for reference in references.find(dataset, model, measure):
                        yield dataset, model, measure, reference


def _row(results: RunResults, dataset: str, model: str, measure: str, reference: Reference) -> tuple[object, ...]:
    mean = float(_values(results, dataset, model, measure).mean())
    return (
        dataset,
        model,
        measure,
        mean,
        reference.value,
        mean - reference.value,
        "; ".join(differences(results, dataset, model, reference)) or SAME,
        reference.publication.source,
    )


def _values(results: RunResults, dataset: str, model: str, measure: str) -> pd.Series[float]:
    quality = results.quality
    cell = (quality["dataset"] == dataset) & (quality["model"] == model) & (quality["measure"] == measure)
    return quality.loc[cell, "value"].astype(float)


def _deepest(results: RunResults, dataset: str, model: str) -> int | None:
    timings = results.timings
    candidates = timings.loc[(timings["dataset"] == dataset) & (timings["model"] == model), "candidates"]
    return int(candidates.max()) if len(candidates) else None
