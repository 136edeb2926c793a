"""The loss and the agreement, against values worked out without them."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: NO test of the loss ran")

from bench.distill.training.distillation_loss import agreements, distillation_loss  # noqa: E402
from bench.distill.training.teacher_agreement import share_ordered_alike  # noqa: E402

# A query of two passages, whose third place is empty, and one of three.
PREDICTED = torch.tensor([[1.0, 0.0, 50.0], [0.5, 2.0, -1.0]])
TARGET = torch.tensor([[2.0, -1.0, -50.0], [0.5, 2.0, -1.0]])
MASK = torch.tensor([[True, True, False], [True, True, True]])


def test_the_loss_is_margins_and_listwise_and_a_little_of_the_plain_error():
    # The errors are -1 and 1: their variance is 1, and so is the mean of their squares.
    teacher, student = 1 / (1 + math.exp(-3 / 2)), 1 / (1 + math.exp(-1 / 2))
    listwise = teacher * math.log(teacher / student) + (1 - teacher) * math.log((1 - teacher) / (1 - student))
    expected = (0.1 * 1 + listwise + 0.02 * 1) / 2  # the second query has no error
    assert distillation_loss(PREDICTED, TARGET, MASK, 2.0).item() == pytest.approx(expected, rel=1e-5)


def test_a_student_that_agrees_has_no_loss():
    assert distillation_loss(TARGET, TARGET, MASK, 2.0).item() == pytest.approx(0, abs=1e-6)


def test_empty_places_count_for_nothing():
    shares, variances = agreements(PREDICTED, TARGET, MASK)
    assert shares.tolist() == [1, 1]
    assert variances.tolist() == pytest.approx([1, 0])


def test_a_query_with_no_margin_has_no_agreement():
    target, mask = torch.tensor([[0.0, 0.4], [0.0, 2.0]]), torch.ones(2, 2, dtype=torch.bool)
    shares, _ = agreements(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), target, mask)
    assert shares[0].isnan()
    assert shares[1] == 1


def test_agreement_at_once_is_that_of_one_query_after_the_other():
    random = np.random.default_rng(4)
    predicted, target = random.normal(scale=2, size=(2, 20, 6)).astype(np.float32)
    mask = torch.ones(20, 6, dtype=torch.bool)
    shares, _ = agreements(torch.from_numpy(predicted), torch.from_numpy(target), mask)
    expected = [share_ordered_alike(*rows) for rows in zip(predicted, target, strict=True)]
    np.testing.assert_allclose(shares.numpy(), expected, rtol=1e-6)
