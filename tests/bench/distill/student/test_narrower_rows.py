"""A student with narrower rows than its teacher."""

from __future__ import annotations

import numpy as np
import pytest

from bench.distill.student.forward import score
from bench.distill.student.narrower_rows import narrowed


def test_a_narrow_students_parts_are_projections(student):
    head = 32 // student.design.heads
    narrow = narrowed(student.weights, 16, head)
    assert narrow["embeddings.projection"].shape == (16, 16)
    assert narrow["encoder.layer.1.attention.self.key.weight"].shape == (16, 16)
    # Reading what the positions write gives what it gave, as far as the leading directions hold it.
    whole = narrowed(student.weights, 32, head)
    for name in ("encoder.layer.0.intermediate.dense.weight", "encoder.layer.0.attention.self.value.weight"):
        np.testing.assert_allclose(
            whole["embeddings.positions"] @ whole[name],
            student.weights["embeddings.positions"] @ student.weights[name],
            atol=1e-5,
        )


def test_a_narrow_student_scores(student):
    torch = pytest.importorskip("torch", reason="torch is not installed: NO score of a narrow student ran")
    head = 32 // student.design.heads
    narrow = {name: torch.tensor(values) for name, values in narrowed(student.weights, 16, head).items()}
    ids = torch.arange(12).reshape(2, 6)
    logits = score(narrow, ids, torch.zeros_like(ids), None, 16 // head)
    assert logits.shape == (2,)
    assert torch.isfinite(logits).all()
