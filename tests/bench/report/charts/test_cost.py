from __future__ import annotations

import dataclasses

from bench.report.charts.cost import describe_cost, predicted_cells

LENGTHS = (16, 32, 64, 128, 256)


def test_nothing_to_check_is_no_chart(make_results):
    results = make_results()
    assert predicted_cells(dataclasses.replace(results, latency=results.latency.iloc[:0])) == {}
    assert predicted_cells(make_results(models=0)) == {}
    assert predicted_cells(make_results(tokens=(16, 32, 64))) == {}


def test_words_say_how_far_off_the_predictions_are(make_results):
    results = make_results(models=["tiny"], tokens=LENGTHS)
    latency = results.latency.assign(seconds=results.latency["tokens"] * 1e-4)
    said = describe_cost(predicted_cells(dataclasses.replace(results, latency=latency)))
    assert "tiny off by 0.0 % (median) and 0.0 % (worst) in 5 cells of 1.60 to 25.6 ms" in said
