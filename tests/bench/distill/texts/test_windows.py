"""Passages out of texts: none of the words lost or moved, and no longer than they should be."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bench.distill.texts.windows import sentences, windows

WORDS = st.lists(st.sampled_from(["river", "music", "bread", "the", "of"]), min_size=1, max_size=90).map(" ".join)
TEXTS = st.lists(st.lists(WORDS.map(lambda words: words.capitalize() + "."), min_size=1, max_size=9).map(" ".join))


def test_sentences_end_before_a_capital():
    assert sentences("It is 3.5 m. long. Is it? Yes!  No.") == ["It is 3.5 m. long.", "Is it?", "Yes!", "No."]


@given(TEXTS, st.integers(0, 9))
def test_windows_are_the_texts_in_their_order_but_for_short_ends(texts, seed):
    found = windows(texts, np.random.default_rng(seed))
    words, place = " ".join(texts).split(), 0
    for window in found:
        expected = window.split()
        while words[place : place + len(expected)] != expected:
            place += 1
            assert place < len(words), window
        place += len(expected)


@given(TEXTS, st.integers(0, 9))
def test_windows_have_twenty_words_or_more_and_end_with_the_sentence_that_fills_them(texts, seed):
    for window in windows(texts, np.random.default_rng(seed)):
        assert 20 <= len(window.split()) < 80 + 60


def test_single_sentences_are_joined_and_longer_texts_stay_apart():
    random = np.random.default_rng(0)
    short = [f"{word} is a word that stands in a sentence of its own here." for word in ("one", "two", "three")] * 9
    assert any("one is" in window and "two is" in window for window in windows(short, random))
    long = [" ".join(f"{name.capitalize()} has sentence number {i}." for i in range(9)) for name in ("first", "other")]
    assert not [window for window in windows(long * 9, random) if "First" in window and "Other" in window]
