from __future__ import annotations

import pytest

from tests.bench.report.figures import draw


def test_latency_chart_has_a_line_a_model_with_the_measured_ticks(make_results):
    results = make_results(models=3, settings=((1, 1), (10, 2)))
    figure = draw("latency", results)
    assert len(figure.axes) == 2
    for axes, (passages, threads) in zip(figure.axes, ((1, 1), (10, 2)), strict=True):
        assert list(axes.get_xticks()) == [32, 64, 128]
        lines = [line for line in axes.lines if line.get_linestyle() != "None"]
        frame = results.latency[(results.latency["passages"] == passages) & (results.latency["threads"] == threads)]
        for index, line in enumerate(lines):
            rows = frame[frame["model"] == f"model-{index}"]
            assert line.get_ydata() == pytest.approx(1000 * rows.groupby("tokens")["seconds"].median().to_numpy())
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
