from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report.values import text


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


def test_rates_and_scores():
    assert text.rate(12345.6) == "12,346"
    assert text.rate(2.25) == "2.2"
    assert text.score(0.67649) == "0.676"


def test_file_stems_are_file_names():
    assert text.file_stem("nDCG@10") == "ndcg-10"
    assert text.file_stem("P(rel=2)@10") == "p-rel-2-10"


@pytest.mark.parametrize(
    ("kind", "value", "shown", "written"),
    [
        (text.score, 0.676494, "0.676", "0.6765"),
        (text.score, -1e-18, "0.000", "0.0000"),
        (text.milliseconds, 2463.118, "2,463", "2463"),
        (text.milliseconds, 0.0315555, "0.03", "0.03156"),
        (text.milliseconds, 123456.7, "123,457", "123457"),
        (text.milliseconds, 0.0, "0.00", "0"),
        (text.rate, 12345.6, "12,346", "12346"),
        (text.thousands, 12345.0, "12,345", "12345"),
        (text.signed, -0.02111111, "\N{MINUS SIGN}0.021", "-0.0211"),
        (text.signed, -1e-18, "0.000", "0.0000"),
        (text.signed_percent, 3.14159, "+3.1", "3.14"),
        (text.p_value, 2e-5, "<0.001", "0.00002"),
    ],
)
def test_a_csv_file_has_the_digits_that_mean_something(kind, value, shown, written):
    assert (kind(value), kind.csv(value)) == (shown, written)


@given(st.integers(1, 9999).map(lambda tenth: tenth / 1e4 + 5e-5), st.sampled_from([1 - 1e-15, 1 + 1e-15]))
def test_numbers_between_two_printed_ones_are_printed_alike_on_every_processor(value, nudge):
    # Halves of a unit in the last place of both, the printed and the written number.
    for kind in (text.score, text.signed, text.milliseconds, text.one_decimal):
        for border in (value, 10 * value, 1000 * value):
            assert kind(border * nudge) == kind(border)
            assert kind.csv(border * nudge) == kind.csv(border)


def test_what_is_equal_on_paper_is_equal_when_settled():
    assert text.settled(0.1 + 0.2) == 0.3
    assert text.settled(0.3 - 0.1 - 0.2) == 0
    assert text.settled(1e9 + 0.25) == 1e9 + 0.25
    assert math.isnan(text.settled(math.nan))
