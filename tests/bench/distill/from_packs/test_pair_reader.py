"""What a device computes is what is computed pair by pair, and nothing mixes devices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: NO test of what a device computes ran")

from bench.distill.from_packs.pair_reader import PairReader  # noqa: E402
from bench.distill.from_questions import list_objective as objective  # noqa: E402
from bench.distill.student.forward import score  # noqa: E402
from bench.distill.training.distillation_loss import agreements, distillation_loss  # noqa: E402
from bench.distill.training.training_settings import ListTrainingSettings  # noqa: E402


def test_the_loss_and_its_gradients_are_those_of_pair_by_pair(student, reader, lists, examples):
    found = []
    for way in ("lists", "examples"):
        weights = {name: torch.tensor(values, requires_grad=True) for name, values in student.weights.items()}
        if way == "lists":
            loss = distillation_loss(*reader.list_logits(weights, lists), temperature=2.0)
        else:
            loss = objective.list_loss(weights, examples, ListTrainingSettings(heads=student.design.heads))
        loss.backward()
        found.append((loss.item(), {name: tensor.grad for name, tensor in weights.items()}))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    for name, gradient in found[0][1].items():
        torch.testing.assert_close(gradient, found[1][1][name], rtol=1e-3, atol=1e-5)


def test_every_precision_gives_nearly_the_same_logits(student, reader, lists):
    weights = reader.on_device(student.weights)
    with torch.inference_mode():
        exact, half = (
            replace(reader, precision=name).list_logits(weights, lists)[0] for name in ("float32", "bfloat16")
        )
    assert (exact != half).any()
    torch.testing.assert_close(half, exact, rtol=0.05, atol=0.1)


def test_nothing_mixes_devices(student, maker, lists):
    """A step on torch's device without values: a tensor left on the CPU would be refused as it is on a GPU."""
    reader = PairReader(maker("meta"), student.design.heads, 200, "float32")
    weights = {name: tensor.requires_grad_() for name, tensor in reader.on_device(student.weights).items()}
    predicted, target, mask = reader.list_logits(weights, lists)
    loss = distillation_loss(predicted, target, mask, 2.0)
    loss.backward()
    alike, _ = agreements(predicted, target, mask)
    assert {tensor.device.type for tensor in (loss, alike, *(w.grad for w in weights.values()))} == {"meta"}
    with pytest.raises(RuntimeError, match="device"):
        distillation_loss(predicted, target.new_empty(target.shape, device="cpu"), mask, 2.0)


def test_the_score_of_pairs_without_padding_needs_no_mask(student, reader):
    ids, types, _ = reader.pairs(np.array([4]), np.array([9]))
    weights = reader.on_device(student.weights)
    whole = torch.ones_like(ids, dtype=torch.bool)
    torch.testing.assert_close(
        score(weights, ids, types, None, student.design.heads), score(weights, ids, types, whole, student.design.heads)
    )
