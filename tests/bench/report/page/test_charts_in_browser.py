"""Charts in a real browser: what they say of their points, to whom, and which can be chosen."""

from __future__ import annotations

import re
from typing import Any


def test_points_of_a_chart_say_what_they_are_to_keyboard_and_pointer(open_page: Any, html: str) -> None:
    page = open_page(html).page
    chart = page.locator("[data-chart=quality]")
    points = chart.locator(".point")
    assert points.count() == 5 * 3
    points.first.focus()
    tip = chart.locator(".tip")
    assert re.fullmatch(r"dataset-0, BM25: 0\.\d{3}, 95 % interval 0\.\d{3} to 0\.\d{3}", tip.inner_text())
    page.keyboard.press("ArrowRight")
    assert "dataset-0, small" in tip.inner_text()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == tip.inner_text()
    page.keyboard.press("End")
    assert "Average" in tip.inner_text()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    chart.locator(".point .mark").first.scroll_into_view_if_needed()
    box = chart.locator(".point .mark").first.bounding_box()
    page.mouse.move(box["x"] + 3, box["y"] + 4)
    assert "dataset-0" in tip.inner_text()


def test_points_of_a_chart_can_be_tapped(open_page: Any, html: str) -> None:
    page = open_page(html, 360, 740, has_touch=True, is_mobile=True).page
    mark = page.locator("[data-chart=latency] .point .mark").first
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert "tokens per pair" in page.locator("[data-chart=latency] .tip").inner_text()


def test_the_legend_hides_a_series(open_page: Any, html: str) -> None:
    page = open_page(html).page
    chart = page.locator("[data-chart=quality]")
    button = chart.get_by_role("button", name="large")
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert chart.locator(".point").count() == 5 * 2


def test_a_depth_sweep_is_a_curve_whose_dataset_and_percentile_can_be_chosen(open_page: Any, html: str) -> None:
    page = open_page(html).page
    chart = page.locator("[data-chart=tradeoff]")
    assert chart.locator(".point").count() == 2 * 3
    assert "small, top 10: " in chart.locator(".point").first.get_attribute("aria-label")
    before = chart.locator(".point").first.get_attribute("aria-label")
    chart.get_by_label("Dataset").select_option("dataset-2")
    chart.get_by_role("combobox", name="Time").select_option("p95")
    assert chart.locator(".point").first.get_attribute("aria-label") != before


def test_every_chart_is_also_a_table(open_page: Any, html: str) -> None:
    page = open_page(html).page
    for name in ("quality", "tradeoff", "latency"):
        chart = page.locator(f"[data-chart={name}]")
        chart.get_by_text("The numbers of this chart as a table").click()
        assert chart.locator("tbody tr:visible").count() == chart.locator(".point").count()


def test_charts_fit_again_when_the_window_changes(open_page: Any, html: str) -> None:
    page = open_page(html, 1280).page
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_function("document.querySelector('[data-chart=quality] .canvas svg').clientWidth < 360")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
