"""What two printed texts may differ in: a unit in the last place of a measured number, and nothing else."""

from __future__ import annotations

import pytest

from bench.publish.alike import difference


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("nano **0.725** \\[0.659, 0.783\\]", "nano **0.726** \\[0.658, 0.783\\]"),
        ("1,186 ms", "1,187 ms"),
        ("9.99 ms", "10.0 ms"),
        ("99.9 ms", "100 ms"),
        ("-0.001 to +0.012", "0.000 to +0.011"),
        ("\N{MINUS SIGN}0.001", "0.000"),
        ("0.725.", "0.724."),
        ("", ""),
    ],
)
def test_a_unit_in_the_last_printed_place_is_the_same(ours, theirs):
    assert difference(ours, theirs) == difference(theirs, ours) == difference(ours, ours) == ""


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("nano 0.725", "nano 0.727"),
        ("nano 0.725", "pico 0.725"),
        ("1,186 ms", "1,188 ms"),
        ("0.725", "0.72"),
        ("0.72", "0.720"),
        ("50 queries", "51 queries"),
        ("9 of 12", "8 of 12"),
        ("nDCG@10", "nDCG@11"),
        ("MiniLM-L-12", "MiniLM-L-13"),
        ("0.2.10", "0.2.11"),
        ("0.5 ms", "\N{EN DASH} ms"),
        ("0.725<sup>ab</sup>", "0.725<sup>a</sup>"),
        ("**0.725**", "0.725"),
        ("0.1 and 0.2", "0.1"),
        ("+0.012", "\N{MINUS SIGN}0.012"),
    ],
)
def test_anything_else_is_a_difference(ours, theirs):
    assert difference(ours, theirs)
    assert difference(theirs, ours)


def test_the_difference_is_shown_with_what_stands_before_it():
    assert difference("the mean of nano is 0.725 here", "the mean of nano is 0.745 here") == (
        "'the mean of nano is 0.725' is not 'the mean of nano is 0.745'"
    )
    assert difference("all of it, x", "all of it, y") == "'all of it, x' is not 'all of it, y'"
