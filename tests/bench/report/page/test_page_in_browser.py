"""The whole page in a real browser: on a phone, on paper, to a screen reader, and against hostile text."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bench.results.folder import RunDirectory


def test_the_summary_comes_first_and_states_gain_interval_time_and_caveats(open_page: Any, html: str) -> None:
    page = open_page(html).page
    summary = page.locator("#summary")
    assert page.locator("h1").inner_text() == "synthetic"
    assert "Incomplete: 1 planned measurement is missing" in summary.inner_text()
    assert "quality of huge on dataset-2" in summary.inner_text()
    line = summary.locator(".headlines > li").nth(2)
    assert re.search(r"dataset-1\s*†?", line.inner_text())
    assert re.search(r"\+?\d\.\d{3}.*to.*gained.*ms.*p95", " ".join(line.inner_text().split()))
    assert "judged pool only" in summary.inner_text()
    assert "2 queries left out, nothing judged" in summary.locator(".headlines > li").nth(4).inner_text()
    assert "Average" in summary.locator(".headlines > li").first.inner_text()


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_theme_follows_the_system_until_it_is_chosen(open_page: Any, html: str, system: str) -> None:
    page = open_page(html, color_scheme=system).page
    colours = {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}
    other = "dark" if system == "light" else "light"

    def background() -> str:
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    button = page.get_by_role("button", name="Dark")
    assert background() == colours[system]
    assert button.get_attribute("aria-pressed") == str(system == "dark").lower()
    button.click()
    assert background() == colours[other]
    page.reload()
    assert background() == colours[other]
    page.emulate_media(media="print")
    assert background() == colours["light"]


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(open_page: Any, html: str, html_of_two: str, width: int) -> None:
    for text in (html, html_of_two):
        page = open_page(text, width).page
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_screen_reader_finds_landmarks_headings_and_names(open_page: Any, html: str) -> None:
    page = open_page(html).page
    tree = page.locator("body").aria_snapshot()
    for expected in (
        "- banner:",
        "- main:",
        "- contentinfo:",
        'navigation "Sections"',
        'heading "synthetic" [level=1]',
    ):
        assert expected in tree, expected
    for region in ("Quality", "Quality against latency", "Latency", "Query by query", "Provenance"):
        assert page.get_by_role("region", name=region, exact=True).count() == 1, region
    for role in ("button", "combobox", "searchbox", "table", "figure"):
        assert re.search(rf"- {role}(:|$| \[)", tree, re.MULTILINE) is None, f"a {role} has no name"
    tags = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map((each) => each.tagName)")
    levels = [int(tag[1]) for tag in tags]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))


def test_the_skip_link_is_first_and_focus_can_be_seen(open_page: Any, html: str) -> None:
    page = open_page(html).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_print_shows_every_table_and_no_controls(open_page: Any, html: str) -> None:
    page = open_page(html).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#table-quality-rr-10").is_visible()
    assert not page.locator("header.bar").is_visible()
    assert page.locator(".tools:visible").count() == 0
    assert len(page.pdf()) > 10_000
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.locator("#table-quality-rr-10").is_visible()


def test_two_runs_stand_side_by_side_with_their_difference(open_page: Any, html_of_two: str) -> None:
    page = open_page(html_of_two).page
    assert page.locator("h1").inner_text().split("\n") == ["synthetic", "against base"]
    before = " ".join(page.locator(".headlines .before", has_text="now").first.inner_text().split())
    assert re.search(r"base: 0\.\d{3}; now .* lost of 6 queries", before)
    compared = page.locator("#compared")
    assert [name.inner_text() for name in compared.locator("thead th").all()][3:5] == ["base", "synthetic"]
    assert "Only synthetic has the models large." in compared.inner_text()
    cell = page.locator("#table-quality-ndcg-10 tbody tr").first.locator("td").nth(1)
    assert re.search(r"there 0\.\d{3} \+0\.\d{3}", " ".join(cell.locator(".was").text_content().split()))
    assert page.locator("[data-chart=quality]").get_by_role("button", name="BM25, base").count() == 1
    explorer = page.locator("#explorer")
    explorer.get_by_label("Compared with").select_option("base")
    assert "Before base" in explorer.locator(".rankings").inner_text()
    assert explorer.locator(".document").first.locator(".move").inner_text().startswith("=")


def test_hostile_names_queries_and_documents_are_only_text(
    open_page: Any, make_results: Any, render: Any, shown_of: Any, hostile: str
) -> None:
    made = make_results(models=(f"model {hostile}",), datasets=(f"set {hostile}",), queries=3, repeats=2)
    named = replace(made, name=hostile, description=hostile, missing=(hostile,), shown=shown_of(made, hostile))
    run = replace(named, notes={made.datasets[0]: hostile}, machine={**made.machine, "cpu": hostile, hostile: hostile})
    page = open_page(render(run, replace(run, name=f"other {hostile}"))).page
    assert page.locator("img, iframe, object").count() == 0
    assert page.locator("script").count() == 2
    assert page.title() != "broken"
    assert page.locator(".query h3").text_content().endswith(hostile)
    assert hostile in page.locator(".document .text").first.text_content()
    assert page.locator(".document .id").first.text_content() == f"d1{hostile}"
    assert page.locator(".which h3").first.text_content().startswith(f"set {hostile}")


def test_a_script_that_got_in_would_not_run(open_page: Any, html: str) -> None:
    opened = open_page(html.replace("<h2 ", "<img src=x onerror=\"document.title='broken'\"><h2 ", 1))
    opened.page.wait_for_timeout(100)
    assert "broken" not in opened.page.title()
    assert any("Content Security Policy" in complaint for complaint in opened.complaints)
    opened.complaints.clear()


@pytest.mark.slow
def test_the_committed_run_makes_a_page(open_page: Any, render: Any) -> None:
    directory = Path(__file__).parents[4] / "reports" / "measured"
    if not directory.exists():
        pytest.skip("NO COMMITTED RUN: reports/measured is not in this checkout")
    page = open_page(render(RunDirectory(directory).load())).page
    assert page.locator(".headlines > li").count() > 1
    assert page.locator("[data-chart]").count() == 3
    assert page.locator("#explorer .query-list button").count() > 10
