from __future__ import annotations

import dataclasses

from bench.report.charts.tradeoff import tradeoff
from tests.bench.report.figures import draw, words


def test_tradeoff_names_the_models_it_leaves_out(make_results):
    results = make_results(datasets=["x", "y"])
    timings = results.timings
    partial = timings[~((timings["dataset"] == "y") & (timings["model"] == "model-1"))]
    results = dataclasses.replace(results, timings=partial)
    assert tradeoff(results).left_out == ("model-1",)
    figure = draw("tradeoff", results)
    assert any("Not drawn" in text and "model-1" in text for text in words(figure))
