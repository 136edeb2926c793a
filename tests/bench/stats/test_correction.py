from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.common.errors import BenchError
from bench.stats.correction import holm


def test_holm_by_a_published_example():
    # The example of Wikipedia's article on the method: of .01, .04, .03 and .005, the first and last are rejected.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=7))
def test_holm_is_the_closed_test_of_bonferronis(p_values):
    """A hypothesis is rejected if every intersection of hypotheses that it is part of is, by Bonferroni's test."""
    numbers = range(len(p_values))
    closed = [
        max(
            min(1.0, len(part) * min(p_values[other] for other in part))
            for size in range(1, len(p_values) + 1)
            for part in combinations(numbers, size)
            if number in part
        )
        for number in numbers
    ]
    assert holm(p_values) == pytest.approx(closed)


@pytest.mark.parametrize("wrong", [math.nan, -0.1, 1.1])
def test_holm_refuses_what_is_no_p_value(wrong):
    with pytest.raises(BenchError, match=f"a p-value is between 0 and 1, not {wrong}"):
        holm([0.5, wrong])
