from __future__ import annotations

import pytest

from tests.bench.report.figures import draw, words


def test_quality_chart_shows_each_mean(make_results):
    results = make_results(models=1, datasets=["x", "y"])
    means = results.quality[results.quality["measure"] == "nDCG@10"].groupby(["dataset", "model"])["value"].mean()
    figure = draw("quality", results)
    assert {f"{value:.3f}" for value in means} <= set(words(figure))
    points = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "o"]
    expected = [means["x", "model-0"], means["y", "model-0"], (means["x", "model-0"] + means["y", "model-0"]) / 2]
    assert points == pytest.approx(expected)
    assert figure.axes[0].get_xlim()[0] == 0
