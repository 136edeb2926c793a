"""Queries made from passages: about what the passage is about, in a form of the list."""

from __future__ import annotations

import re

import numpy as np
import pytest

from bench.distill.texts.search_forms import FORMS, phrases, search_query

PASSAGE = "The Great Wall of China was built by emperors. It is 21,196 km long, and the Great Wall keeps nomads out."


def test_phrases_lie_between_stopwords_numbers_and_punctuation():
    found = list(phrases(PASSAGE))
    assert found[:4] == ["great wall", "china", "built", "emperors"]
    assert found.count("great wall") == 1
    assert "great wall keeps nomads" not in found


def test_a_query_asks_for_what_is_rare():
    rare = ("otters", "kelp", "urchins", "limpets", "abalone", "mussels")
    passage = f"They say: {', then '.join(rare)}. A day, a thing, a place, a person, a part."
    for seed in range(20):
        query = search_query(passage, lambda word: 5.0 if word in rare else 0.1, np.random.default_rng(seed))
        assert query is not None
        assert any(thing in query for thing in rare)
        assert not any(re.search(rf"\b{thing}\b", query) for thing in ("place", "person", "part", "day", "thing"))


def test_the_same_seed_gives_the_same_query_and_others_others():
    def made(seed: int) -> str | None:
        return search_query(PASSAGE, len, np.random.default_rng(seed))

    assert made(3) == made(3)
    assert len({made(seed) for seed in range(30)}) > 20


@pytest.mark.parametrize("passage", ["", "It is what it was.", "12 34", "Bread."])
def test_a_passage_about_nothing_gives_none(passage):
    assert search_query(passage, len, np.random.default_rng(0)) is None


def test_every_form_can_be_filled_and_stands_once():
    filled = [form.format(a="bread", b="paris") for form in FORMS]
    assert len(set(filled)) == len(FORMS)
    assert all("bread" in query and "{" not in query for query in filled)
