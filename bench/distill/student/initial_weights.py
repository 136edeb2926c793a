"""A student's weights before training, taken from the teacher."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.distill.student.design import Design
from bench.distill.student.weights import Weights


def initial_weights(teacher: Weights, design: Design, kept: Sequence[int], counts: Sequence[int]) -> Weights:
    """Return a student's weights before training, taken from the teacher.

    Args:
        teacher: As ``read_weights`` returns them.
        design: What to take.
        kept: The id in the teacher's vocabulary of each piece of the student.
        counts: How often each piece occurs. Frequent pieces are approximated best.
    """
    weights = {name: teacher[name] for name in teacher if name.startswith(("pooler", "classifier", "embeddings.Lay"))}
    rows = teacher["embeddings.word_embeddings.weight"][list(kept)].astype(np.float64)
    importance = np.sqrt(np.asarray(counts, dtype=np.float64) + 1.0)
    mean = np.average(rows, axis=0, weights=importance)
    weighted = (rows - mean) * np.sqrt(importance)[:, None]
    _, vectors = np.linalg.eigh(weighted.T @ weighted)
    projection = vectors[:, ::-1][:, : design.table].T
    weights["embeddings.table"] = ((rows - mean) @ projection.T).astype(np.float32)
    weights["embeddings.projection"] = np.ascontiguousarray(projection, dtype=np.float32)
    weights["embeddings.positions"] = teacher["embeddings.position_embeddings.weight"]
    weights["embeddings.types"] = (teacher["embeddings.token_type_embeddings.weight"] + mean).astype(np.float32)
    for i, taken in enumerate(design.layers):
        old, new = f"encoder.layer.{taken}.", f"encoder.layer.{i}."
        for name in [name for name in teacher if name.startswith(old)]:
            weights[new + name.removeprefix(old)] = teacher[name]
        _keep_neurons(weights, new, design.feed_forward)
    return {name: np.ascontiguousarray(values) for name, values in weights.items()}


def _keep_neurons(weights: Weights, prefix: str, size: int) -> None:
    """Keep the ``size`` neurons of a feed-forward block whose weights in and out have the largest product of norms."""
    up, down = f"{prefix}intermediate.dense", f"{prefix}output.dense"
    norms = np.linalg.norm(weights[f"{up}.weight"], axis=0) * np.linalg.norm(weights[f"{down}.weight"], axis=1)
    kept = np.sort(np.argsort(-norms, kind="stable")[:size])
    weights[f"{up}.weight"] = weights[f"{up}.weight"][:, kept]
    weights[f"{up}.bias"] = weights[f"{up}.bias"][kept]
    weights[f"{down}.weight"] = weights[f"{down}.weight"][kept]
