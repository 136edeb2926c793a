from __future__ import annotations

import numpy as np
import pytest

from bench.report.charts.latency import describe_latency, latency_panels


def test_a_panel_a_setting_and_a_line_a_model_with_percentiles(make_results):
    results = make_results(models=2, settings=((1, 1), (10, 2)), tokens=(32, 64))
    panels = latency_panels(results)
    assert [(panel.passages, panel.threads) for panel in panels] == [(1, 1), (10, 2)]
    for panel in panels:
        assert list(panel.lines) == ["model-0", "model-1"]
        for model, line in panel.lines.items():
            assert [time.tokens for time in line] == [32, 64]
            for time in line:
                setting = f"model == '{model}' and passages == {panel.passages} and tokens == {time.tokens}"
                seconds = results.latency.query(setting)["seconds"]
                assert time.requests == len(seconds)
                expected = np.percentile(1000 * seconds, [5, 50, 95])
                assert [time.low, time.median, time.high] == pytest.approx(list(expected))


def test_words_are_about_the_shortest_and_the_longest_pairs(make_results):
    said = describe_latency(latency_panels(make_results(models=["tiny"], tokens=(32, 64, 1024))))
    assert said.startswith("Median time per request by tokens per pair. 1 passage per request, 1 thread: tiny ")
    assert said.endswith(" ms at 32 to 1,024 tokens.")
    said = describe_latency(latency_panels(make_results(models=["tiny"], tokens=(32,))))
    assert said.endswith(" ms at 32 tokens.")
