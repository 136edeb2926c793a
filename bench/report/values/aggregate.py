"""Means and percentiles of the measurements, at full precision: what tables and charts show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np
import pandas as pd

from bench.common.errors import BenchError
from bench.results.run_results import RunResults

#: Row label when datasets have different first stages; the table of datasets then names each.
FIRST_STAGE = "First stage"

_MARKERS = "†‡§¶‖"

_PERCENTILES = {"p5 ms": 5, "median ms": 50, "p95 ms": 95, "p99 ms": 99}


def groups(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, pd.DataFrame]]:
    """Return (values of ``columns``, the rows with these values), in the order of the values."""
    return list(frame.groupby(list(columns)))


def first_stage_row(results: RunResults) -> str | None:
    """Return the row label of the first stages: their common name, ``"First stage"``, or None if there are none."""
    labels = {results.first_stage[dataset] for dataset in results.datasets if dataset in results.first_stage}
    if not labels:
        return None
    return labels.pop() if len(labels) == 1 else FIRST_STAGE


def row_labels(results: RunResults) -> tuple[str, ...]:
    """Return what is compared: the first stage, if any, then the models in experiment order."""
    first_stage = first_stage_row(results)
    return (*((first_stage,) if first_stage else ()), *(model.name for model in results.models))


def query_values(results: RunResults, measure: str) -> dict[tuple[str, str], pd.Series[float]]:
    """Return (dataset, row label) -> the values of ``measure`` by query id, in the order of the ids.

    Raises:
        BenchError: A value is not a finite number, or a query has two.
    """
    values = results.quality[results.quality["measure"] == measure]
    measured = dict(groups(values, "dataset", "model"))
    first_stage = first_stage_row(results)
    by_cell = {}
    for dataset in results.datasets:
        for label in row_labels(results):
            model = results.first_stage.get(dataset) if label == first_stage else label
            if (group := measured.get((dataset, model))) is not None:
                of_queries = group.set_index("query_id")["value"].astype(float).sort_index()
                _check_values(of_queries, f"{measure} of {model} on {dataset}")
                by_cell[dataset, label] = of_queries
    return by_cell


def mean_quality(results: RunResults, measure: str) -> pd.DataFrame:
    """Return the mean of ``measure`` over queries.

    Returns:
        One row a dataset and one column a row label, both in experiment order; NaN where nothing was measured.

    Raises:
        BenchError: A value is not a finite number, or a query has two.
    """
    values = query_values(results, measure)
    rows = row_labels(results)
    data = [
        [float(values[dataset, label].mean()) if (dataset, label) in values else np.nan for label in rows]
        for dataset in results.datasets
    ]
    return pd.DataFrame(data, index=list(results.datasets), columns=list(rows), dtype=float)


def quality_on(means: pd.DataFrame, dataset: str) -> dict[str, float]:
    """Return row label -> mean on ``dataset``, NaN where nothing was measured."""
    return dict(zip(map(str, means.columns), means.loc[dataset].to_numpy(dtype=float).tolist(), strict=True))


def averaged_datasets(means: pd.DataFrame) -> tuple[str, ...]:
    """Return the datasets that an average may go over: those that every row with any number at all has.

    An average over different datasets a row would compare datasets, not models.

    Args:
        means: What ``mean_quality`` returns.
    """
    measured = means.dropna(axis="columns", how="all")
    if measured.empty:
        return ()
    return tuple(str(dataset) for dataset in measured.dropna(axis="index", how="any").index)


def average_quality(means: pd.DataFrame) -> dict[str, float]:
    """Return row label -> mean over ``averaged_datasets``, each dataset weighing alike; empty if there are none."""
    datasets = list(averaged_datasets(means))
    if not datasets:
        return {}
    return {str(label): float(value) for label, value in means.loc[datasets].mean().items()}


def average_label(results: RunResults, averaged: tuple[str, ...]) -> str:
    """Return the label of the average, which says so when it does not go over all datasets."""
    whole = len(averaged) == len(results.datasets)
    return "Average" if whole else f"Average ({len(averaged)} of {len(results.datasets)})"


def note_markers(results: RunResults) -> dict[str, str]:
    """Return dataset -> footnote marker, one marker a distinct note: † ‡ § ¶ ‖ †† ‡‡ and so on."""
    supply: Iterator[str] = (marker * times for times in count(1) for marker in _MARKERS)
    by_note: dict[str, str] = {}
    markers = {}
    for dataset in results.datasets:
        if note := results.notes.get(dataset):
            if note not in by_note:
                by_note[note] = next(supply)
            markers[dataset] = by_note[note]
    return markers


def joined_markers(results: RunResults, datasets: Iterable[str]) -> str:
    """Return the footnote markers of ``datasets``, each once."""
    markers = note_markers(results)
    return "".join(dict.fromkeys(markers[dataset] for dataset in datasets if dataset in markers))


def notes_by_marker(results: RunResults) -> dict[str, str]:
    """Return footnote marker -> the note it stands for."""
    return {marker: results.notes[dataset] for dataset, marker in note_markers(results).items()}


def footnotes(results: RunResults, datasets: Iterable[str]) -> list[str]:
    """Return the lines that belong under a chart of ``datasets``: marker, whom it concerns, and the note."""
    markers = note_markers(results)
    concerned: dict[str, list[str]] = {}
    for dataset in datasets:
        if dataset in markers:
            concerned.setdefault(markers[dataset], []).append(dataset)
    return [f"{marker} {', '.join(names)}: {results.notes[names[0]]}" for marker, names in concerned.items()]


def query_latency(results: RunResults) -> pd.DataFrame:
    """Return how long reranking took per query of every dataset and model, in experiment order.

    Returns:
        Columns ``dataset``, ``model``, ``queries``, ``candidates/query`` and ``tokens/pair`` (means),
        the percentiles of milliseconds per query, and ``pairs/s`` and ``tokens/s`` (totals over the total time); NaN
        where no query has candidates.
    """
    timings = dict(groups(results.timings, "dataset", "model"))
    rows = []
    for dataset in results.datasets:
        for model in results.models:
            group = timings.get((dataset, model.name))
            if group is None:
                continue
            pairs, tokens, seconds = (float(group[column].sum()) for column in ("candidates", "tokens", "seconds"))
            rows.append(
                {"dataset": dataset, "model": model.name, "queries": len(group)}
                | {"candidates/query": pairs / len(group), "tokens/pair": _ratio(tokens, pairs)}
                | (_percentiles(group["seconds"]) if pairs else dict.fromkeys(_PERCENTILES, float("nan")))
                | {"pairs/s": _ratio(pairs, seconds), "tokens/s": _ratio(tokens, seconds)}
            )
    columns = ["dataset", "model", "queries", "candidates/query", "tokens/pair", *_PERCENTILES, "pairs/s", "tokens/s"]
    return pd.DataFrame(rows, columns=columns)


def request_latency(results: RunResults) -> pd.DataFrame:
    """Return the time per request of the latency measurement: model by model, by threads, passages and tokens.

    Returns:
        Columns ``model``, ``threads``, ``passages/request``, ``tokens/pair``, ``requests`` (the repeats), the
        percentiles of milliseconds per request, and ``tokens/s`` (all tokens over the total time).
    """
    rows = []
    for model in results.models:
        of_model = results.latency[results.latency["model"] == model.name]
        for (threads, passages, tokens), group in groups(of_model, "threads", "passages", "tokens"):
            total = float(tokens) * float(passages) * len(group)
            rows.append(
                {"model": model.name, "threads": int(threads), "passages/request": int(passages)}
                | {"tokens/pair": int(tokens), "requests": len(group)}
                | _percentiles(group["seconds"])
                | {"tokens/s": _ratio(total, float(group["seconds"].sum()))}
            )
    columns = ["model", "threads", "passages/request", "tokens/pair", "requests", *_PERCENTILES, "tokens/s"]
    return pd.DataFrame(rows, columns=columns)


def _check_values(of_queries: pd.Series[float], whose: str) -> None:
    if not (finite := np.isfinite(of_queries.to_numpy())).all():
        query_id = of_queries.index[int(np.argmin(finite))]
        raise BenchError(
            f"{whose}: the value of query {query_id!r} is {of_queries.iloc[int(np.argmin(finite))]}, not a number; "
            "measure that cell again"
        )
    if not of_queries.index.is_unique:
        query_id = of_queries.index[of_queries.index.duplicated()][0]
        raise BenchError(f"{whose}: query {query_id!r} has more than one value; measure that cell again")


def _percentiles(seconds: Sequence[float] | pd.Series[Any]) -> dict[str, float]:
    """Return the percentiles of ``seconds`` in milliseconds, interpolated linearly between observations."""
    values = np.percentile(np.asarray(seconds, dtype=float) * 1000, list(_PERCENTILES.values()))
    return dict(zip(_PERCENTILES, values.tolist(), strict=True))


def _ratio(total: float, over: float) -> float:
    return total / over if over > 0 else float("nan")
