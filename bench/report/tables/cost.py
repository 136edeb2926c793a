"""What reranking will cost: predicted time per query by length and number of passages, and how far to trust it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from bench.common.words import count_of
from bench.report.tables.table import Table
from bench.report.values.text import milliseconds, one_decimal, settled, signed_percent, thousands
from bench.results.run_results import ModelInfo, RunResults
from bench.stats.cost_check import CheckedFit, PredictionErrors, errors_of, fit_models
from bench.stats.cost_model import CostModel, LatencyCell
from bench.stats.intervals import Interval

#: The settings that the table has.
TOKENS, PASSAGES = (32, 64, 128, 256, 512), (10, 50, 100)
#: Where a cell's number comes from, as the CSV has it.
_MEASURED, _BETWEEN, _BEYOND = "measured", "interpolated", "extrapolated"
#: Superscript of an extrapolated number.
_MARK = "x"
#: Term of a fit over models -> its letter in the formula, what that means, and how many FLOPs or elements it counts.
_UNITS = {
    "pair": ("", "", 1.0),
    "layers": (" L", "", 1.0),
    "elements": (" E", ", E = L n d / 10^6", 1e6),
    "projections": (" F", ", F = 24 L n d² / 10^9", 1e9),
    "attention": (" A", ", A = 4 L n² d / 10^9", 1e9),
}


def cost_table(results: RunResults) -> Table:
    """Return the milliseconds per query of each model at usual lengths and numbers of passages.

    Where a setting was measured, its median stands in bold. The other numbers are predictions; an x marks those that do
    not lie between measured settings. A model with too few measured settings has the predictions of a fit over all
    models, if that fit was checked on sizes of model that it had not seen. The table has no rows where nothing was
    measured.
    """
    fits = fit_models(results.latency, results.models)
    shared = _fit_over_models(fits)
    columns = [f"{tokens} tokens" for tokens in TOKENS]
    rows, bases = [], []
    for info, fit in zip(results.models, fits, strict=False):
        model = fit.model or shared
        threads = {cell.threads for cell in fit.cells or (model.cells if model else ())}
        for setting in ((count, passages) for count in sorted(threads) for passages in PASSAGES):
            cells = [_cost(info, fit.cells, model, tokens, setting[1], setting[0]) for tokens in TOKENS]
            if any(basis for _, basis in cells):
                rows.append((info.name, *setting, *(value for value, _ in cells)))
                bases.append([basis for _, basis in cells])
    frame = pd.DataFrame(rows, columns=["model", "threads", "passages", *columns])
    marked = [
        ((row, column), basis)
        for row, of_row in enumerate(bases)
        for column, basis in zip(columns, of_row, strict=True)
    ]
    return Table(
        name="cost",
        caption="What a query will cost: milliseconds to rerank passages whose pairs with the query are of one length. "
        "Bold: the median measured. x: extrapolated, as it does not lie between measured settings. Others: "
        "interpolated by the fit.",
        frame=frame.astype(dict.fromkeys(columns, float)),
        formats={"threads": thousands, "passages": thousands, **dict.fromkeys(columns, milliseconds)},
        remarks=describe_fits(results),
        best=frozenset(cell for cell, basis in marked if basis == _MEASURED),
        superscripts={cell: _MARK for cell, basis in marked if basis == _BEYOND},
        exact=pd.DataFrame(bases, columns=[f"{column} is" for column in columns], dtype=object),
    )


def cost_checks_table(results: RunResults) -> Table:
    """Return the relative errors of every fit: on its own cells, on cells and sizes left out, and on real queries."""
    rows = []
    for fit in fit_models(results.latency, results.models):
        for what, errors in _checks(results, fit):
            if errors:
                percent = (100 * value for value in (errors.median, errors.p90, errors.worst))
                rows.append((fit.name, what, errors.count, *percent))
    errors_shown = ["median %", "p90 %", "worst %"]
    return Table(
        name="cost-checks",
        caption="How far the predicted cost is from the measured one, in either direction.",
        frame=pd.DataFrame(rows, columns=["fit of", "predicted", "predictions", *errors_shown]),
        formats={"predictions": thousands, **dict.fromkeys(errors_shown, one_decimal)},
        remarks=("Real queries are predicted by the mean length of their pairs.",) if rows else (),
    )


def cost_cells_table(results: RunResults) -> Table:
    """Return what was measured and predicted for each cell of the latency measurement, with the residuals."""
    rows, spread = [], []
    for fit in fit_models(results.latency, results.models):
        if fit.model is None or len({cell.model for cell in fit.cells}) > 1:
            continue
        unseen = dict(fit.unseen_cells)
        for cell in fit.cells:
            setting = (cell.model, cell.threads, cell.passages, cell.tokens, cell.requests)
            fitted, other = fit.model.predict_cell(cell), unseen.get(cell, math.nan)
            residuals = (100 * (seconds / cell.seconds - 1) for seconds in (fitted, other))
            rows.append((*setting, 1000 * cell.seconds, 1000 * fitted, 1000 * other, *residuals))
            spread.append(Interval(1000 * cell.low, 1000 * cell.high))
    counts = ["threads", "passages/request", "tokens/pair", "requests"]
    times, residual = ["median ms", "fitted ms", "left out ms"], ["fitted, %", "left out, %"]
    return Table(
        name="cost-cells",
        caption="Measured time per request, with the 5th and 95th percentile of its repeats. Beside it the time by the "
        "fit, and by a fit to the model's other cells; both also as differences from the median.",
        frame=pd.DataFrame(rows, columns=["model", *counts, *times, *residual]),
        formats={
            **dict.fromkeys(counts, thousands),
            **dict.fromkeys([*times, "p5 ms", "p95 ms"], milliseconds),
            **dict.fromkeys(residual, signed_percent),
        },
        intervals={(row, "median ms"): interval for row, interval in enumerate(spread)},
        exact=pd.DataFrame(
            {"p5 ms": [ends.low for ends in spread], "p95 ms": [ends.high for ends in spread]},
            dtype=float,
        ),
    )


def describe_fits(results: RunResults) -> tuple[str, ...]:
    """Return a line on every fit: its formula, what it was fitted to and its errors, or why there is none."""
    if results.latency.empty:
        return ()
    fits = fit_models(results.latency, results.models)
    shared = _fit_over_models(fits)
    return tuple(_describe(results, fit, shared) for fit in fits)


def _cost(
    info: ModelInfo, cells: Sequence[LatencyCell], model: CostModel | None, tokens: int, passages: int, threads: int
) -> tuple[float, str]:
    """Return milliseconds and where they come from; NaN and an empty string where there is neither a cell nor a fit."""
    setting = (tokens, passages, threads)
    for cell in cells:
        if (cell.tokens, cell.passages, cell.threads) == setting:
            return 1000 * cell.seconds, _MEASURED
    if model is None or tokens > info.max_length:
        return math.nan, ""
    place = (*setting, info.layers, info.hidden_size)
    # A fit over models has seen cells of this size, but of another model.
    within = model.covers(*place) and any(cell.model == info.name for cell in model.cells)
    return 1000 * float(model.predict(*place)), _BETWEEN if within else _BEYOND


def _fit_over_models(fits: Sequence[CheckedFit]) -> CostModel | None:
    """Return the fit over models, if it was checked on sizes that it had not seen."""
    return next((fit.model for fit in fits if fit.unseen_sizes), None)


def _checks(results: RunResults, fit: CheckedFit) -> list[tuple[str, PredictionErrors | None]]:
    if fit.model is None:
        return []
    return [
        ("the cells fitted", errors_of((cell.seconds, fit.model.predict_cell(cell)) for cell in fit.cells)),
        ("each cell left out", errors_of((cell.seconds, seconds) for cell, seconds in fit.unseen_cells)),
        ("each size left out", errors_of((cell.seconds, seconds) for cell, seconds in fit.unseen_sizes)),
        ("real queries", _on_queries(results, fit.model)),
    ]


def _on_queries(results: RunResults, model: CostModel) -> PredictionErrors | None:
    """Return the errors on the queries timed while measuring quality, which no fit has seen."""
    threads = results.machine.get("threads")
    pairs: list[tuple[float, float]] = []
    for info in results.models:
        timed = results.timings[results.timings["model"] == info.name]
        timed = timed[(timed["candidates"] > 0) & (timed["seconds"] > 0)]
        count = threads.get(info.name) if isinstance(threads, dict) else threads
        if timed.empty or not isinstance(count, int) or all(cell.model != info.name for cell in model.cells):
            continue
        passages = timed["candidates"].to_numpy(dtype=float)
        tokens = timed["tokens"].to_numpy(dtype=float) / passages
        predicted = model.predict(tokens, passages, count, info.layers, info.hidden_size)
        pairs += zip(timed["seconds"].to_numpy(dtype=float).tolist(), predicted.tolist(), strict=True)
    return errors_of(pairs)


def _describe(results: RunResults, fit: CheckedFit, shared: CostModel | None) -> str:
    if fit.model is None:
        text = f"{fit.name}: no fit: {fit.reason}."
        return f"{text} The fit over all models stands in for it." if shared else text
    cells = fit.cells
    counts = {axis: sorted({getattr(cell, axis) for cell in cells}) for axis in ("tokens", "passages", "threads")}
    measured = ", ".join(f"{_span(values)} {axis}" for axis, values in counts.items())
    text = f"{fit.name}: {_formula(fit.model)}; fitted to {count_of(len(cells), 'cell')} ({measured})."
    if assumed := [axis for axis, values in counts.items() if len(values) == 1]:
        text += (
            f" One number of {' and of '.join(assumed)} was measured: how time depends on it is assumed, not fitted."
        )
    checks = [(what, errors) for what, errors in _checks(results, fit) if errors]
    said = (
        f"{what} {one_decimal(100 * errors.median)} % and {one_decimal(100 * errors.p90)} %" for what, errors in checks
    )
    text += f" Median and 90th percentile of the error: {'; '.join(said)}."
    return text if fit.unseen_cells else f"{text} Too few cells to leave one out and predict it."


def _formula(model: CostModel) -> str:
    """Return milliseconds as a formula of passages, threads and length, and over several sizes of layers and width."""
    parts = [f"{settled(1000 * model.coefficients['request']):.3g}"] if model.coefficients.get("request") else []
    used: set[str] = set()
    for factor, prefix in (("ceil(P / T)", ""), ("P", "serial ")):
        amounts = {letter: 1000 * value for letter, value in _amounts(model, prefix).items() if value}
        terms = [f"{settled(value):.3g}{letter}" for letter, value in amounts.items()]
        product = f"({' + '.join(terms)})" if len(terms) > 1 else "".join(terms)
        parts += [f"{factor} \N{MULTIPLICATION SIGN} {product}"] if terms else []
        used |= set(amounts)
    if len({cell.size for cell in model.cells}) == 1:
        meaning = "h hundred tokens per pair"
    else:
        meaning = "L layers of width d, n tokens per pair"
        meaning += "".join(definition for letter, definition, _ in _UNITS.values() if letter in used)
    return f"ms = {' + '.join(parts)} for P passages, T threads, {meaning}"


def _amounts(model: CostModel, prefix: str) -> dict[str, float]:
    """Return letter of the formula -> its seconds: per wave, or per passage with the prefix of the serial terms."""
    sizes = {cell.size for cell in model.cells}
    if len(sizes) > 1:
        return {
            letter: model.coefficients.get(prefix + term, 0.0) * units for term, (letter, _, units) in _UNITS.items()
        }
    constant, linear, quadratic = model.per_pair(*sizes.pop(), serial=bool(prefix))
    return {"": constant, " h": 100 * linear, " h²": 100**2 * quadratic}


def _span(values: Sequence[int]) -> str:
    return f"{values[0]:,}" if len(values) == 1 else f"{values[0]:,} to {values[-1]:,}"
