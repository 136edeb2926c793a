"""Passages sampled for a step, and the quality that a student is chosen by."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: NO test of training on a device ran")

from bench.distill.from_packs.device_training import mean_quality, sample_passages  # noqa: E402
from bench.distill.from_questions import list_objective as objective  # noqa: E402
from bench.distill.training.training_settings import ListTrainingSettings  # noqa: E402


def test_the_agreement_is_that_of_pair_by_pair(student, reader, lists, examples):

    weights = reader.on_device(student.weights)
    with ThreadPoolExecutor(1) as pool:
        expected = objective.agreement(weights, examples, ListTrainingSettings(heads=student.design.heads), pool)
    found = mean_quality(*reader.agreement(weights, lists))
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-5)


def test_drawn_passages_are_some_of_each_querys(lists):
    found = sample_passages(lists, 3, np.random.default_rng(1))
    assert found.passage.shape == (12, 3)
    for before, after, logits, kept in zip(lists.passage, found.passage, lists.logit, found.logit, strict=True):
        pairs = dict(zip(before.tolist(), logits.tolist(), strict=True))
        assert all(pairs[passage] == logit for passage, logit in zip(after.tolist(), kept.tolist(), strict=True))
        assert (after >= 0).sum() == min(3, (before >= 0).sum())
    assert sample_passages(lists, 5, np.random.default_rng(1)) is lists
