"""Sliding windows, against a recursive formulation of the same algorithm."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from flashrank.listwise.windows import rank, sliding_windows

counts = st.integers(0, 130)


def reference(passages: list[int], best_first) -> list[int]:
    """Order the last 20, put the worse 10 of them aside, and go on with what is left."""
    if len(passages) <= 20:
        return best_first(passages)
    passages = passages[:-20] + best_first(passages[-20:])
    return reference(passages[:-10], best_first) + passages[-10:]


def test_windows_are_those_of_rank_gpt():
    assert sliding_windows(100) == [(start, start + 20) for start in range(80, -1, -10)]
    assert sliding_windows(20) == [(0, 20)]
    assert sliding_windows(21) == [(1, 21), (0, 11)]
    assert sliding_windows(30) == [(10, 30), (0, 20)]
    assert sliding_windows(35) == [(15, 35), (5, 25), (0, 15)]
    assert sliding_windows(2) == [(0, 2)]
    assert sliding_windows(1) == sliding_windows(0) == []


@settings(max_examples=60, deadline=None)
@given(counts)
def test_windows_reach_from_the_bottom_to_the_top(count):
    windows = sliding_windows(count)
    assert {position for window in windows for position in range(*window)} == set(range(count if count > 1 else 0))
    assert all(0 < end - start <= 20 for start, end in windows)
    assert all(before[0] - 10 <= after[0] < before[0] for before, after in pairwise(windows))


@settings(max_examples=60, deadline=None)
@given(counts.flatmap(lambda count: st.permutations(range(count))))
def test_a_perfect_model_brings_the_best_ten_to_the_top(relevance):
    def best_first(passages):
        return sorted(passages, key=lambda passage: -relevance[passage])

    order = rank(len(relevance), best_first)
    assert order == reference(list(range(len(relevance))), best_first)
    assert order[:10] == best_first(range(len(relevance)))[:10]


@settings(max_examples=60, deadline=None)
@given(counts, st.randoms(use_true_random=False))
def test_any_model_gives_every_passage_once(count, random):
    assert sorted(rank(count, lambda passages: random.sample(passages, len(passages)))) == list(range(count))


def test_the_model_sees_each_window_in_its_present_order():
    seen = []

    def reverse(passages):
        seen.append(list(passages))
        return passages[::-1]

    order = rank(25, reverse)
    assert seen == [list(range(5, 25)), [0, 1, 2, 3, 4, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15]]
    assert order == [*seen[1][::-1], *range(14, 4, -1)]
