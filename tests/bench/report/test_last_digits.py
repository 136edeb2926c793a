"""Another processor adds in another order: inputs that differ in their last digits give the same texts.

The texts are compared exactly: numbers are settled to 12 digits before they are compared or printed
(``bench.report.values.text.settled``), and the inputs here differ by 1e-15 of their value.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from bench.report.assemble import assemble
from bench.report.charts.chart_list import charts
from bench.report.markdown import render_markdown
from bench.report.tables import writers
from bench.report.values.operating_points import OperatingPoint, front
from bench.stats.cost_model import LatencyCell, fit

from .sweeps import swept

_NUMBERS = {
    "quality": "value",
    "timings": "seconds",
    "latency": "seconds",
    "sweep": "value",
    "sweep_timings": "seconds",
}


def nudged(results, seed):
    """Return ``results`` with every measured number a little more or less, or as it is."""
    rng = np.random.default_rng(seed)

    def nudge(frame: pd.DataFrame, column: str) -> pd.DataFrame:
        return frame.assign(**{column: frame[column] * (1 + 1e-15 * rng.integers(-1, 2, len(frame)))})

    changed = {name: nudge(getattr(results, name), column) for name, column in _NUMBERS.items()}
    return dataclasses.replace(results, **changed)


def texts(results):
    """Return all that a report says, drawing nothing."""
    report = assemble(results, charts(results))
    return {"page": render_markdown(report), **{table.name: writers.to_csv(table) for table in report.tables}}


@pytest.fixture(scope="module")
def tied(make_results):
    """Results full of ties, and of means and medians in the middle between two printed numbers."""
    results = swept(make_results(models=3, datasets=2, queries=8, tokens=(32, 64, 128, 256)), lengths=(64, 128))
    quality = results.quality.assign(value=(16 * results.quality["value"]).round() / 16)
    # The second model ranks as the first does, in the same time.
    first = quality[quality["model"] == "model-0"].assign(model="model-1")
    sweep = results.sweep.assign(value=(8 * results.sweep["value"]).round() / 8)
    timed = results.sweep_timings.assign(seconds=results.sweep_timings["seconds"].round(4) + 0.00005)
    timed = timed[timed["model"] != "model-1"]
    timed = pd.concat([timed, timed[timed["model"] == "model-0"].assign(model="model-1")])
    latency = results.latency.assign(seconds=results.latency["seconds"].round(4) + 0.00005)
    return dataclasses.replace(
        results,
        quality=pd.concat([quality[quality["model"] != "model-1"], first]),
        sweep=sweep,
        sweep_timings=timed,
        latency=latency,
    )


@pytest.mark.parametrize("seed", range(3))
def test_last_digits_of_what_was_measured_change_no_text(tied, seed):
    before, after = texts(tied), texts(nudged(tied, seed))
    assert {"budgets", "cost", "comparisons-ndcg-10", "quality-ndcg-10"} <= set(before)
    assert after == before


def test_points_that_are_equal_on_paper_do_not_beat_each_other():
    equal = [(0.1 + 0.2, 30.0, 50), (0.3, 30.0 * (1 + 1e-15), 20), (0.3 * (1 - 1e-15), 40.0, 10)]
    points = [OperatingPoint("m", depth, 128, 1, np.array([value]), np.array([time])) for value, time, depth in equal]
    for order in (points, points[::-1]):
        assert [point.depth for point in front(order, 50)] == [20]


def test_a_term_that_explains_nothing_is_zero():
    cells = [
        LatencyCell("m", 4, 128, tokens, passages, 1, 3, 1e-3 * passages, 0.0, 1.0)
        for tokens in (16, 64, 256)
        for passages in (1, 5, 10)
    ]
    for nudge in (1 - 1e-15, 1, 1 + 1e-15):
        found = fit([dataclasses.replace(cell, seconds=cell.seconds * nudge) for cell in cells])
        assert [name for name, value in found.coefficients.items() if value] == ["pair"]
