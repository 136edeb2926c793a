from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from bench.report.assemble import assemble
from bench.report.charts.chart_list import charts
from bench.report.page.embedded_images import embedded_images
from bench.report.page.render import render_html
from bench.results.run_results import RunResults


def test_the_same_results_give_the_same_bytes(results: RunResults, html: str, render: Any) -> None:
    assert render(results) == html


def test_the_page_needs_nothing_from_elsewhere(html: str) -> None:
    assert re.findall(r'(?:src|href)="(?!#|data:)', html) == []
    assert "url(" not in html
    assert "@import" not in html


@pytest.mark.parametrize("empty", ["quality", "timings", "latency", "models", "datasets", "machine", "measured"])
def test_a_run_may_lack_anything(make_results: Any, render: Any, empty: str) -> None:
    made = make_results(models=1, datasets=1, queries=3, tokens=(32, 64), repeats=2)
    lacking = {
        "quality": {"quality": made.quality[:0]},
        "timings": {"timings": made.timings[:0]},
        "latency": {"latency": made.latency[:0]},
        "models": {"models": (), "timings": made.timings[:0], "latency": made.latency[:0]},
        "datasets": {"datasets": (), "queries": {}, "first_stage": {}},
        "machine": {"machine": {}},
        "measured": {name: getattr(made, name)[:0] for name in ("quality", "timings", "latency")},
    }
    lesser = replace(made, **lacking[empty])
    for page in (render(lesser), render(lesser, made), render(made, lesser)):
        assert "synthetic" in page


@pytest.mark.slow
def test_charts_that_the_page_does_not_draw_stand_on_it_as_images(make_results: Any) -> None:
    results = make_results(datasets=2)
    drawn = charts(results)
    page = render_html(assemble(results, drawn))
    assert page.count("data:image/svg+xml;base64,") == 2 * len(drawn.keys() - {"quality", "tradeoff", "latency"}) > 0
    assert embedded_images(drawn.values()) == embedded_images(drawn.values())
