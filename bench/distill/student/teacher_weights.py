"""The teacher in the terms of the student, so that one function computes both."""

from __future__ import annotations

import numpy as np

from bench.systems.bert_weights import Weights


def as_teacher(weights: Weights) -> Weights:
    """Return a teacher's weights under the student's names, so that ``score`` computes the teacher in float32."""
    width = weights["embeddings.word_embeddings.weight"].shape[1]
    renamed = {
        "embeddings.table": weights["embeddings.word_embeddings.weight"],
        "embeddings.projection": np.eye(width, dtype=np.float32),
        "embeddings.positions": weights["embeddings.position_embeddings.weight"],
        "embeddings.types": weights["embeddings.token_type_embeddings.weight"],
    }
    return renamed | {name: values for name, values in weights.items() if "_embeddings" not in name}
