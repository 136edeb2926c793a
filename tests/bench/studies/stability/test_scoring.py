"""Alone and in a padded batch: equal to the ranker's, and to each other where nothing is quantised."""

from __future__ import annotations

import numpy as np
import pytest

from bench.studies.stability.scoring import load_scorer
from flashrank import Ranker
from flashrank.scoring.heads import relevance_logits, scores_from_logits

QUERY = "what is a cat"
PASSAGES = ["a cat is an animal that people keep", "dogs", "", "cats and rankings " * 20]


def logits(directory, *, batched, threads=1, max_length=512):
    score = load_scorer(directory, directory / "model.onnx", max_length=max_length, threads=threads, batched=batched)
    return score(QUERY, PASSAGES)


@pytest.mark.parametrize("name", ["one-logit-int8", "two-logits-int8", "no-token-types"])
@pytest.mark.parametrize("max_length", [512, 24])
def test_alone_is_what_the_ranker_scores(fixtures, name, max_length):
    ranker = Ranker(fixtures / name, max_length=max_length, log_level="ERROR", offline=True)
    found = logits(fixtures / name, batched=False, threads=2, max_length=max_length)
    assert tuple(scores_from_logits(found).tolist()) == ranker.score(QUERY, PASSAGES).scores


@pytest.mark.parametrize("name", ["one-logit-fp32", "no-token-types"])
def test_padding_alone_changes_nothing(fixtures, name):
    batch, alone = (logits(fixtures / name, batched=batched) for batched in (True, False))
    np.testing.assert_allclose(batch, alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["one-logit-int8", "two-logits-int8"])
def test_padding_moves_int8(fixtures, name):
    batch, alone = (logits(fixtures / name, batched=batched) for batched in (True, False))
    assert 1e-4 < np.abs(batch - alone).max() < 1


def test_relevance_is_the_logit_of_the_score():
    rows = np.array([[0.5, 2.0], [1.0, -3.0]], dtype=np.float32)
    expected = scores_from_logits(rows)
    np.testing.assert_allclose(1 / (1 + np.exp(-relevance_logits(rows))), expected, rtol=1e-6)
    assert relevance_logits(rows[:, :1]).tolist() == [0.5, 1.0]
