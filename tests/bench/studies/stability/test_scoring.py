"""Alone and in a padded batch: equal to the ranker's, and to each other where nothing is quantised."""

from __future__ import annotations

import types

import numpy as np
import pytest
from scipy import special

from bench.studies.stability.scoring import load_scorer, padded_logits
from flashrank import Pair, Ranker

QUERY = "what is a cat"
PASSAGES = ["a cat is an animal that people keep", "dogs", "", "cats and rankings " * 20]


def logits(directory, *, threads=1, max_length=512, **way):
    score = load_scorer(directory, directory / "model.onnx", max_length=max_length, threads=threads, **way)
    return score(QUERY, PASSAGES)


@pytest.mark.parametrize("name", ["one-logit-int8", "two-logits-int8", "no-token-types"])
@pytest.mark.parametrize(("max_length", "graph"), [(512, "as-shipped"), (24, "as-shipped"), (512, "fast")])
def test_alone_is_what_the_ranker_scores(fixtures, name, max_length, graph):
    ranker = Ranker(fixtures / name, max_length=max_length, log_level="ERROR", offline=True, graph=graph)
    found = logits(fixtures / name, batched=False, threads=2, max_length=max_length, graph=graph)
    assert found.dtype == np.float32
    assert tuple(found.tolist()) == ranker.score(QUERY, PASSAGES).logits


@pytest.mark.parametrize("name", ["one-logit-fp32", "no-token-types"])
def test_padding_alone_changes_nothing(fixtures, name):
    batch, alone = (logits(fixtures / name, batched=batched) for batched in (True, False))
    np.testing.assert_allclose(batch, alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["one-logit-int8", "two-logits-int8"])
def test_padding_moves_int8(fixtures, name):
    batch, alone = (logits(fixtures / name, batched=batched) for batched in (True, False))
    assert 1e-4 < np.abs(batch - alone).max() < 1


def test_of_two_logits_the_difference_is_compared():
    rows = np.array([[0.5, 2.0], [1.0, -3.0]], dtype=np.float32)
    session = types.SimpleNamespace(get_inputs=lambda: [], run=lambda *_: [rows])
    found = padded_logits(session, [Pair([1], [0], 0)] * 2, padding=0)
    np.testing.assert_allclose(special.expit(found), special.softmax(rows, axis=1)[:, 1], rtol=1e-6)
    rows = rows[:, :1]
    assert padded_logits(session, [Pair([1], [0], 0)] * 2, padding=0).tolist() == [0.5, 1.0]


def test_a_batch_of_one_is_a_pair_alone(fixtures):
    directory = fixtures / "two-logits-int8"
    batched, alone = (
        load_scorer(directory, directory / "model.onnx", max_length=512, threads=1, batched=batched)
        for batched in (True, False)
    )
    for passage in PASSAGES:
        assert batched(QUERY, [passage]).tolist() == alone(QUERY, [passage]).tolist()
