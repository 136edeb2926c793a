"""Tables in a real browser: sorting and filtering, by mouse and by keyboard."""

from __future__ import annotations

import re
from typing import Any


def column(page: Any, table: str, number: int) -> list[str]:
    return page.locator(f"#{table} tbody tr > :nth-child({number})").all_inner_texts()


def test_a_table_sorts_by_number_and_keeps_the_average_last(open_page: Any, html: str) -> None:
    page = open_page(html).page
    header = page.get_by_role("columnheader", name="BM25").first
    assert header.get_attribute("aria-sort") == "none"
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "descending"
    values = [float(re.match(r"[\d.]+", text)[0]) for text in column(page, "table-quality-ndcg-10", 3)]
    assert values == sorted(values, reverse=True)
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    values = [float(re.match(r"[\d.]+", text)[0]) for text in column(page, "table-quality-ndcg-10", 3)]
    assert values == sorted(values)
    assert "Average" in page.locator("#table-quality-ndcg-10 tfoot").inner_text()


def test_numbers_sort_as_numbers_not_as_texts(open_page: Any, html: str) -> None:
    page = open_page(html).page
    button = page.locator("#table-latency thead th", has_text="tokens/pair").get_by_role("button")
    button.click()
    assert [int(text) for text in column(page, "table-latency", 4)] == [128, 128, 64, 64, 32, 32]
    page.locator("#table-latency thead th", has_text="model").get_by_role("button").click()
    assert column(page, "table-latency", 1) == ["large"] * 3 + ["small"] * 3


def test_a_table_sorts_by_keyboard(open_page: Any, html: str) -> None:
    page = open_page(html).page
    page.locator("#table-query-latency thead button").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#table-query-latency thead th").first.get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Space")
    assert page.locator("#table-query-latency thead th").first.get_attribute("aria-sort") == "descending"
    names = column(page, "table-query-latency", 1)
    assert names == sorted(names, reverse=True)


def test_a_filter_keeps_the_rows_with_all_words_and_counts_them(open_page: Any, html: str) -> None:
    page = open_page(html).page
    container = page.locator("[data-table]", has=page.locator("#table-query-latency"))
    container.get_by_label("Filter").fill("DATASET-1 large")
    assert container.locator("tbody tr:visible").count() == 1
    assert container.get_by_role("status").inner_text() == "1 of 8 rows"
    container.get_by_label("Filter").fill("")
    assert container.locator("tbody tr:visible").count() == 8
