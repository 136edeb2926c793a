"""Requests of a mix: their pairs have the tokens that were drawn, and a seed always gives the same."""

from __future__ import annotations

import numpy as np
import pytest

from bench.data.length_mixes import find_mix
from bench.data.quickstart.python_docs import DATASET_ID, PythonDocs
from bench.measure.mixed_requests import mixed_requests
from flashrank import Ranker


@pytest.fixture(scope="module")
def ranker():
    return Ranker("nano", threads=1, log_level="ERROR")


@pytest.mark.parametrize("name", ["short", "SciFact-like"])
def test_pairs_have_the_tokens_that_were_drawn(ranker, name):
    mix = find_mix(name)
    requests = mixed_requests(mix, 2, 40, ranker, seed=5)
    drawn = mix.draw(80, seed=5)
    found = []
    for request in requests:
        room = ranker.score(request.query, [""]).tokens[0]
        encoded = ranker.tokenizer.encode_batch(list(request.texts), add_special_tokens=False)
        found += [room + len(one.ids) for one in encoded]
    # A word that was cut may be other tokens alone, so a few are longer or shorter by some.
    assert np.mean(np.abs(np.array(found) - drawn) <= 3) > 0.8
    assert np.mean(found) == pytest.approx(np.mean(drawn), rel=0.05)


def test_questions_differ_and_no_passage_comes_twice(ranker):
    first, second = mixed_requests(find_mix("short"), 2, 30, ranker)
    questions = PythonDocs(DATASET_ID).queries()
    assert [questions[request.query_id] for request in (first, second)] == [first.query, second.query]
    assert first.query != second.query
    assert len({*first.texts, *second.texts}) == 60
    assert len({*first.doc_ids, *second.doc_ids}) == 60
    assert all(text.strip() for text in first.texts)


def test_a_seed_gives_the_same(ranker):
    mix = find_mix("MS MARCO-like")
    assert mixed_requests(mix, 1, 5, ranker, seed=1) == mixed_requests(mix, 1, 5, ranker, seed=1)
    assert mixed_requests(mix, 1, 5, ranker, seed=1) != mixed_requests(mix, 1, 5, ranker, seed=2)
