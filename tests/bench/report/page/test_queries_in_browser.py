"""The view by query in a real browser."""

from __future__ import annotations

from typing import Any


def test_a_query_shows_its_documents_before_and_after(open_page: Any, html: str) -> None:
    page = open_page(html).page
    explorer = page.locator("#explorer")
    changes = explorer.locator(".query-list .number").all_inner_texts()
    numbers = [float(text.replace("\N{MINUS SIGN}", "-")) for text in changes]
    assert numbers == sorted(numbers, reverse=True)
    before, after = explorer.locator(".rankings section").all()
    assert "Before BM25" in before.inner_text()
    assert "After small" in after.inner_text()
    assert before.locator(".document").count() == after.locator(".document").count() == 10
    first = after.locator(".document").first
    assert "Passage 12 of" in first.inner_text()
    assert "relevant, grade 2" in first.inner_text()
    assert "from 12" in first.inner_text()
    assert "not relevant" in before.locator(".document").first.inner_text()
    assert first.locator("mark").all_inner_texts()[:2] == ["Bread", "baked"]
    more = first.get_by_role("button")
    more.click()
    assert more.get_attribute("aria-expanded") == "true"


def test_queries_are_ordered_found_and_walked_through_by_keyboard(open_page: Any, html: str) -> None:
    page = open_page(html).page
    explorer = page.locator("#explorer")
    explorer.get_by_label("Order").select_option("Largest loss")
    changes = [float(text.replace("\N{MINUS SIGN}", "-")) for text in explorer.locator(".number").all_inner_texts()]
    assert changes == sorted(changes)
    explorer.get_by_label("Order").select_option("Query id")
    explorer.locator(".query-list button").first.focus()
    page.keyboard.press("ArrowDown")
    assert explorer.locator(".query h3").inner_text() == "how is bread baked q1"
    assert page.evaluate("document.activeElement.getAttribute('aria-current')") == "true"
    explorer.get_by_label("Find").fill("Q3")
    assert explorer.locator(".query-list button").count() == 1
    assert "1 match" in explorer.get_by_role("status").inner_text()
    explorer.get_by_label("Dataset").select_option("dataset-3")
    explorer.get_by_label("Model").select_option("large")
    assert "in dataset-3" in explorer.locator(".document").first.inner_text()
    assert "After large" in explorer.locator(".rankings").inner_text()
    explorer.get_by_label("Find").fill("nothing has this")
    assert "No query matches." in explorer.locator(".query").inner_text()


def test_without_texts_the_page_says_so_and_shows_numbers(open_page: Any, make_results: Any, render: Any) -> None:
    page = open_page(render(make_results(datasets=1))).page
    assert "are not part of this run" in page.locator("#queries > .small").inner_text()
    assert page.locator("#explorer .query-list button").count() == 5
    assert page.locator("#explorer .values").is_visible()
    assert page.locator("#explorer .rankings").count() == 0
