"""What the page's charts draw, as plain JSON values: everything computed here, nothing in the browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from bench.common.words import count_of
from bench.report.page.depths import Cell, cells
from bench.report.page.page_runs import PageRuns
from bench.report.tables.quality import average_label
from bench.report.values import aggregate
from bench.stats.intervals import bootstrap_average, bootstrap_interval

Json = dict[str, Any]

_QUANTILES = {"median": 50, "p95": 95}


def chart_data(runs: PageRuns) -> Json:
    """Return the series (first stage, then models) and the charts there are measurements for."""
    first_stage = next(filter(None, map(aggregate.first_stage_row, runs.all)), None)
    drawn = {"quality": _quality(runs), "tradeoff": _tradeoff(runs), "latency": _latency(runs)}
    return {
        "measure": runs.own.measures[0],
        "runs": list(runs.labels),
        "first_stage": first_stage,
        "models": list(runs.models),
        "charts": {name: chart for name, chart in drawn.items() if chart is not None},
    }


def rounded(value: Any) -> float:
    """Return ``value`` with six significant digits: more than a chart can show, and less to carry."""
    return float(f"{float(value):.6g}")


def _quality(runs: PageRuns) -> Json | None:
    measure = runs.own.measures[0]
    rows: list[Json] = []
    for dataset in runs.datasets:
        points = []
        for run, results in enumerate(runs.all):
            values = aggregate.query_values(results, measure)
            for label in aggregate.row_labels(results):
                if dataset in results.datasets and (dataset, label) in values:
                    points.append(_point(runs, run, label, [values[dataset, label].to_numpy()]))
        marker = "".join(_markers(runs, [dataset]))
        queries = next((side.queries[dataset] for side in runs.all if dataset in side.queries), None)
        detail = count_of(queries, "query") if queries is not None else ""
        rows.append({"label": dataset + marker, "detail": detail, "apart": False, "points": points})
    if average := _average(runs, measure):
        rows.append(average)
    return {"measure": measure, "rows": rows} if any(row["points"] for row in rows) else None


def _average(runs: PageRuns, measure: str) -> Json | None:
    points, label = [], ""
    for run, results in enumerate(runs.all):
        values = aggregate.query_values(results, measure)
        averaged = aggregate.averaged_datasets(aggregate.mean_quality(results, measure))
        if len(averaged) < 2:
            continue
        label = label or average_label(results, averaged) + "".join(_markers(runs, averaged))
        for name in aggregate.row_labels(results):
            if (averaged[0], name) in values:
                points.append(_point(runs, run, name, [values[dataset, name].to_numpy() for dataset in averaged]))
    return {"label": label, "detail": "each dataset alike", "apart": True, "points": points} if points else None


def _point(runs: PageRuns, run: int, label: str, samples: list[np.ndarray[Any, Any]]) -> Json:
    value, low, high = _mean(samples)
    return {"series": _series(runs, run, label), "run": run, "value": value, "low": low, "high": high}


def _tradeoff(runs: PageRuns) -> Json | None:
    """Return quality against time per query: a curve a model over depths where they were swept, else a point."""
    measure = runs.own.measures[0]
    timed = [(run, side) for run, side in enumerate(runs.all) if run == 0 or runs.times_comparable]
    measured = {run: cells(side) for run, side in timed}
    views = []
    groups: list[tuple[str, tuple[str, ...]]] = [(dataset, (dataset,)) for dataset in runs.datasets]
    averaged = aggregate.averaged_datasets(aggregate.mean_quality(runs.own, measure))
    if len(averaged) > 1:
        groups.insert(0, (average_label(runs.own, averaged), averaged))
    for (label, datasets), (quantile, percent) in product(groups, _QUANTILES.items()):
        lines = [line for run, _ in timed for line in _curves(runs, run, measured[run], datasets, percent)]
        if lines:
            view = {"choices": {"Dataset": label, "Time": quantile}, "lines": lines}
            marker = "".join(_markers(runs, datasets))
            views.append(view | {"note": marker, "levels": _levels(runs, datasets, measure)})
    if not views:
        return None
    threads = sorted({str(side.machine["threads"]) for _, side in timed if side.machine.get("threads")})
    return {
        "x": {"label": "ms per query", "kind": "ms", "log": True},
        "y": {"label": measure, "kind": "score", "log": False},
        "threads": ", ".join(threads),
        "views": views,
    }


def _curves(
    runs: PageRuns,
    run: int,
    measured: Mapping[tuple[str, str], Mapping[str, Cell]],
    datasets: Iterable[str],
    percent: int,
) -> list[Json]:
    lines = []
    for model in runs.all[run].models:
        of_model = [measured.get((dataset, model.name), {}) for dataset in datasets]
        names = [name for name in of_model[0] if all(name in each for each in of_model)] if of_model else []
        points: list[Json] = []
        for name in names:
            y, low, high = _mean([each[name].values for each in of_model])
            times = [float(np.percentile(each[name].milliseconds, percent)) for each in of_model]
            points.append({"name": name, "x": rounded(np.mean(times)), "y": y, "low": low, "high": high})
        if points:
            points.sort(key=lambda point: point["x"])
            lines.append({"series": _series(runs, run, model.name), "run": run, "points": points})
    return lines


def _levels(runs: PageRuns, datasets: Iterable[str], measure: str) -> list[Json]:
    """Return the first stage's mean, which no time belongs to."""
    values = aggregate.query_values(runs.own, measure)
    first_stage = aggregate.first_stage_row(runs.own) or ""
    found = [values.get((dataset, first_stage)) for dataset in datasets]
    if any(each is None for each in found):
        return []
    y = rounded(np.mean([each.mean() for each in found if each is not None]))
    return [{"series": -1, "run": 0, "y": y}]


def _latency(runs: PageRuns) -> Json | None:
    """Return milliseconds a request against tokens a pair, one view a number of threads and of passages."""
    grids = [aggregate.request_latency(side).assign(run=run) for run, side in enumerate(runs.all)]
    frame = pd.concat([grid for run, grid in enumerate(grids) if run == 0 or runs.times_comparable])
    views = []
    for (threads, passages), group in aggregate.groups(frame, "threads", "passages/request"):
        lines: list[Json] = []
        for (run, model), rows in aggregate.groups(group, "run", "model"):
            points = [
                {"name": f"{row['requests']} requests", "x": int(row["tokens/pair"]), "y": rounded(row["median ms"])}
                | {"low": rounded(row["p5 ms"]), "high": rounded(row["p95 ms"])}
                for row in rows.to_dict("records")
            ]
            lines.append({"series": _series(runs, run, model), "run": int(run), "points": points})
        lines.sort(key=lambda line: (line["series"], line["run"]))
        choices = {"Threads": str(threads), "Passages per request": str(passages)}
        views.append({"choices": choices, "lines": lines, "levels": [], "note": ""})
    if not views:
        return None
    return {
        "x": {"label": "tokens per pair", "kind": "count", "log": True},
        "y": {"label": "ms per request", "kind": "ms", "log": True},
        "views": views,
    }


def _series(runs: PageRuns, run: int, label: str) -> int:
    """Return the place of a row label among the models, -1 for the first stage."""
    return -1 if label == aggregate.first_stage_row(runs.all[run]) else runs.models.index(label)


def _mean(samples: list[np.ndarray[Any, Any]]) -> tuple[float, float | None, float | None]:
    """Return the mean of the samples' means with its interval, or without where one value is all there is."""
    mean = rounded(np.mean([sample.mean() for sample in samples]))
    if min(map(len, samples)) < 2:
        return mean, None, None
    interval = bootstrap_interval(samples[0]) if len(samples) == 1 else bootstrap_average(samples)
    return mean, rounded(interval.low), rounded(interval.high)


def _markers(runs: PageRuns, datasets: Iterable[str]) -> tuple[str, ...]:
    markers = aggregate.note_markers(runs.own)
    return tuple(dict.fromkeys(markers[dataset] for dataset in datasets if dataset in markers))
