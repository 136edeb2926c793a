"""Words for numbers."""

from __future__ import annotations

from bench.common.words import count_of, noun_of


def test_counts_have_their_plural():
    assert count_of(1, "query") == "1 query"
    assert count_of(1535, "query") == "1,535 queries"
    assert count_of(2, "thread") == "2 threads"
    assert [noun_of(number, "query") for number in (0, 1, 2)] == ["queries", "query", "queries"]
