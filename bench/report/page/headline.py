"""The summary: what reranking gains over the first stage on every dataset, how sure that is, and how long it takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from bench.report.page.shown_runs import PageRuns
from bench.report.values import aggregate
from bench.results.run_results import RunResults
from bench.stats.intervals import Interval, bootstrap_average, bootstrap_interval
from bench.stats.paired_comparison import PairedComparison, compare_paired


@dataclass(frozen=True)
class Gain:
    """How much higher a mean is than another, over the queries that both have.

    Attributes:
        difference: Mean of the differences.
        interval: Its 95 % interval; None where one query is all there is.
        comparison: Query by query; None for an average over datasets.
    """

    difference: float
    interval: Interval | None
    comparison: PairedComparison | None = None


@dataclass(frozen=True)
class InOtherRun:
    """The same model on the same dataset in the other run.

    Attributes:
        value: Its mean there.
        gain: This run against the other; None where they share no query.
        median_ms: Median milliseconds a query there, or None.
        p95_ms: The 95th percentile of them, or None.
    """

    value: float
    gain: Gain | None
    median_ms: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True)
class Headline:
    """One line of the summary, about a dataset or the average.

    Attributes:
        dataset: Label of the dataset, or what the average goes over.
        queries: Queries measured; None for the average.
        first_stage: Label of the first stage, or None.
        start: Its mean, or None.
        model: Label of the best model, or None where no model was measured.
        value: The best model's mean.
        interval: Its 95 % interval; None where one query is all there is.
        gain: The best model against the first stage, or None.
        median_ms: Median milliseconds a query.
        p95_ms: The 95th percentile of them.
        unjudged: Queries left out because nothing is judged for them.
        before: The same model in the other run; None where that has not measured it.
        average: Whether the line is that of the average.
    """

    dataset: str
    queries: int | None = None
    first_stage: str | None = None
    start: float | None = None
    model: str | None = None
    value: float | None = None
    interval: Interval | None = None
    gain: Gain | None = None
    median_ms: float | None = None
    p95_ms: float | None = None
    unjudged: int = 0
    before: InOtherRun | None = None
    average: bool = False


@dataclass(frozen=True)
class _Measured:
    """Values of the primary measure by dataset and row, and (median, 95th percentile) of milliseconds by model."""

    values: Mapping[tuple[str, str], pd.Series[float]]
    latency: Mapping[tuple[str, str], tuple[float, float]]


def headlines(runs: PageRuns) -> tuple[Headline, ...]:
    """Return the average where there is one, then a headline a dataset, in experiment order."""
    run, measure = runs.own, runs.own.measures[0]
    here = _measured(run, measure)
    there = None if runs.other is None else _measured(runs.other, measure)
    means = aggregate.mean_quality(run, measure)
    found = [
        _of_dataset(run, name, _best(run, aggregate.quality_on(means, name)), here, there) for name in run.datasets
    ]
    averaged = aggregate.averaged_datasets(means)
    if len(averaged) > 1:
        found.insert(0, _average(run, averaged, aggregate.average_quality(means), here, there))
    return tuple(found)


def _of_dataset(run: RunResults, dataset: str, model: str | None, here: _Measured, there: _Measured | None) -> Headline:
    first = here.values.get((dataset, aggregate.first_stage_row(run) or ""))
    line = Headline(
        dataset=dataset,
        queries=run.queries.get(dataset),
        first_stage=run.first_stage.get(dataset),
        start=None if first is None else float(first.mean()),
        unjudged=run.unjudged.get(dataset, 0),
    )
    if model is None:
        return line
    cell = (dataset, model)
    values = here.values[cell]
    median, p95 = here.latency.get(cell, (None, None))
    before = None
    if there is not None and cell in there.values:
        base = there.values[cell]
        before = InOtherRun(float(base.mean()), _gain([values], [base]), *there.latency.get(cell, (None, None)))
    return replace(
        line,
        model=model,
        value=float(values.mean()),
        interval=bootstrap_interval(values.to_numpy()) if len(values) > 1 else None,
        gain=_gain([values], [first]),
        median_ms=median,
        p95_ms=p95,
        before=before,
    )


def _average(
    run: RunResults,
    datasets: tuple[str, ...],
    means: Mapping[str, float],
    here: _Measured,
    there: _Measured | None,
) -> Headline:
    first_stage, model = aggregate.first_stage_row(run) or "", _best(run, means)
    line = Headline(
        aggregate.average_label(run, datasets), first_stage=first_stage, start=means.get(first_stage), average=True
    )
    if model is None:
        return line
    values = [here.values[dataset, model] for dataset in datasets]
    before = None
    if there is not None and all((dataset, model) in there.values for dataset in datasets):
        bases = [there.values[dataset, model] for dataset in datasets]
        before = InOtherRun(sum(float(base.mean()) for base in bases) / len(bases), _gain(values, bases))
    return replace(
        line,
        model=model,
        value=means[model],
        interval=bootstrap_average([each.to_numpy() for each in values]),
        gain=_gain(values, [here.values.get((dataset, first_stage)) for dataset in datasets]),
        before=before,
    )


def _gain(new: Sequence[pd.Series[float]], base: Sequence[pd.Series[float] | None]) -> Gain | None:
    """Return the gain of ``new`` over ``base``, one series a dataset and all alike; None where they share no query."""
    pairs = [one.align(two, join="inner") for one, two in zip(new, base, strict=True) if two is not None]
    if len(pairs) < len(new) or any(one.empty for one, _ in pairs):
        return None
    if len(pairs) == 1:
        found = compare_paired(pairs[0][0].to_numpy(), pairs[0][1].to_numpy())
        return Gain(found.difference, found.interval if found.n > 1 else None, found)
    differences = [(one - two).to_numpy() for one, two in pairs]
    return Gain(sum(float(each.mean()) for each in differences) / len(differences), bootstrap_average(differences))


def _best(run: RunResults, means: Mapping[str, float]) -> str | None:
    """Return the model with the highest mean, the earlier one of equals."""
    measured = [model.name for model in run.models if not math.isnan(means.get(model.name, math.nan))]
    return max(measured, key=means.__getitem__) if measured else None


def _measured(run: RunResults, measure: str) -> _Measured:
    frame = aggregate.query_latency(run)
    columns = (frame[name] for name in ("dataset", "model", "median ms", "p95 ms"))
    latency = {
        (dataset, model): (median, p95)
        for dataset, model, median, p95 in zip(*columns, strict=True)
        if not math.isnan(median)
    }
    return _Measured(aggregate.query_values(run, measure), latency)
