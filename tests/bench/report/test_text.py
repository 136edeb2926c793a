from __future__ import annotations

import pytest

from bench.report import text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0.00"),
        (0.254, "0.25"),
        (9.994, "9.99"),
        (9.996, "10.0"),
        (22.61, "22.6"),
        (99.96, "100"),
        (15150.4, "15,150"),
    ],
)
def test_milliseconds(value, expected):
    assert text.milliseconds(value) == expected


def test_counts_have_their_plural():
    assert text.count_of(1, "query") == "1 query"
    assert text.count_of(1535, "query") == "1,535 queries"
    assert text.count_of(2, "thread") == "2 threads"


def test_rates_and_scores():
    assert text.rate(12345.6) == "12,346"
    assert text.rate(2.25) == "2.2"
    assert text.score(0.67649) == "0.676"


def test_slugs_are_file_names():
    assert text.slug("nDCG@10") == "ndcg-10"
    assert text.slug("P(rel=2)@10") == "p-rel-2-10"
