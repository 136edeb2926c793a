"""Which queries are held back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.distill.texts.hashing import is_held_back


@given(st.text())
def test_a_query_is_on_the_same_side_however_it_is_written(query: str):
    assert is_held_back(query.lower()) == is_held_back(f"  {query.lower()}\t")
    assert is_held_back(query) == is_held_back(query)


def test_about_two_in_a_hundred_are_held_back():
    held_back = [i for i in range(20_000) if is_held_back(f"question {i}")]
    assert 300 < len(held_back) < 500
