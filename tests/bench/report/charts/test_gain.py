from __future__ import annotations

import pytest

from bench.report.charts.gain import gain_panels


def test_gains_are_differences_to_each_datasets_first_stage(make_results):
    results = make_results(datasets=["x", "y"])
    means = results.quality[results.quality["measure"] == "nDCG@10"].groupby(["dataset", "model"])["value"].mean()
    panels = gain_panels(results)
    assert [panel.dataset for panel in panels] == ["x", "y"]
    for panel in panels:
        for model, gain in panel.gains.items():
            assert gain == pytest.approx(means[panel.dataset, model] - means[panel.dataset, "BM25"])
