"""Fitting query and passages into a context, with words for tokens."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flashrank.listwise.fitting import Fitted, even_limit

lengths = st.lists(st.integers(0, 60), min_size=1, max_size=30)


class Words:
    """Every word is a token."""

    def tokens(self, text):
        self.seen = max(getattr(self, "seen", 0), len(text))
        return text.split()

    def text(self, tokens):
        return " ".join(tokens)


def words(count: int) -> str:
    return " ".join(map(str, range(count)))


def fit(query: int, passages: list[int], max_length: int = 1000, room: int = 1000, window: int = 20) -> Fitted:
    return Fitted(
        words(query), [words(n) for n in passages], max_length=max_length, room=room, window=window, model=Words()
    )


def test_what_fits_stays_as_it_is():
    fitted = Fitted(" a  b", ["c   d", ""], max_length=4, room=6, window=20, model=Words())
    assert (fitted.query, fitted.passage(0), fitted.passage(1)) == (" a  b", "c   d", "")
    assert (fitted.kept, fitted.cut) == ([4, 2], [0, 0])


def test_long_passages_are_cut_to_one_length_and_short_ones_stay():
    fitted = fit(5, [10, 50, 100, 20], room=130)
    assert [len(fitted.passage(i).split()) for i in range(4)] == [10, 45, 45, 20]
    assert (fitted.kept, fitted.cut) == ([15, 50, 50, 25], [0, 5, 55, 0])
    assert fitted.passage(1) == words(45)


def test_max_length_limits_query_and_passage_together():
    fitted = fit(10, [5, 30], max_length=32)
    assert (fitted.kept, fitted.cut) == ([15, 32], [0, 8])


def test_a_long_query_gives_only_what_the_passages_need():
    assert fit(50, [4, 6], max_length=56).kept == [54, 56]
    fitted = fit(50, [4, 20], max_length=56)
    assert (len(fitted.query.split()), fitted.kept, fitted.cut) == (36, [40, 56], [14, 14])
    assert len(fit(500, [300, 300], max_length=100).query.split()) == 50
    assert len(fit(500, [10, 300, 300], room=200).query.split()) == 50  # twice in the prompt: half of the room


def test_only_the_longest_of_a_window_must_fit():
    assert fit(0, [10] * 40, room=200, window=20).cut == [0] * 40
    assert fit(0, [10] * 40, room=100, window=20).kept == [5] * 40


def test_a_lower_limit_can_be_asked_for():
    fitted = fit(0, [10] * 20)
    fitted.limit = 10
    fitted.tighten(21, range(20))
    assert (fitted.limit, fitted.kept[0], fitted.cut[0]) == (8, 8, 2)
    fitted.tighten(10_000, range(20))
    assert (fitted.limit, fitted.passage(0)) == (0, "")


@settings(max_examples=60, deadline=None)
@given(lengths, st.integers(1, 300))
def test_a_lower_limit_takes_what_was_asked_from_the_passages_named(passages, tokens):
    fitted = fit(0, [*passages, 60], max_length=1000, room=10_000)  # a limit far above every passage
    fitted.tighten(tokens, range(len(passages)))
    lost = sum(fitted.cut[:-1])
    assert lost >= min(tokens, sum(passages))
    assert lost < tokens + len(passages) or fitted.limit == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), lengths, st.integers(2, 80), st.integers(80, 600))
def test_every_window_fits_and_no_token_is_given_away(query, passages, max_length, room):
    fitted = fit(query, passages, max_length, room)
    kept_query = len(fitted.query.split())
    kept = [len(fitted.passage(i).split()) for i in range(len(passages))]
    assert fitted.kept == [kept_query + count for count in kept]
    assert max(fitted.kept) <= max_length
    assert 2 * kept_query + sum(sorted(kept)[-20:]) <= room
    assert [total + gone for total, gone in zip(fitted.kept, fitted.cut, strict=True)] == [query + n for n in passages]
    if kept_query < query or kept != passages:
        assert kept_query >= min(query, max_length // 2, room // 4)
        longest = max(kept)
        assert all(count in (length, longest) for count, length in zip(kept, passages, strict=True))


@settings(max_examples=60, deadline=None)
@given(lengths, st.integers(0, 500), st.integers(0, 60))
def test_the_limit_is_the_highest_that_fits(lengths, room, most):
    limit = even_limit(lengths, room, most)
    assert limit <= most
    assert sum(min(length, limit) for length in lengths) <= room
    higher = sum(min(length, limit + 1) for length in lengths)
    assert limit == most or higher > room


@pytest.mark.parametrize("text", ["word " * 2_000_000, "x" * 10_000_000, "x" * 5_000 + " word" * 2_000_000])
def test_a_passage_of_megabytes_is_not_tokenized_whole(text):
    model = Words()
    fitted = Fitted("q", [text], max_length=50, room=50, window=20, model=model)
    assert model.seen <= 2048 * 150
    assert fitted.kept[0] <= 50
