from __future__ import annotations

from tests.bench.report.figures import draw


def test_all_panels_have_the_same_axes(make_results):
    figure = draw("gain", make_results(datasets=["x", "y"]))
    assert len(figure.axes) == 2
    assert len({axes.get_ylim() for axes in figure.axes}) == len({axes.get_xlim() for axes in figure.axes}) == 1
