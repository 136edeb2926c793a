"""More word pieces for a trained student, whose rows are computed from the teacher's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bench.distill.student.weights import Weights


def widened(
    weights: Weights, old: Mapping[str, int], teacher: Weights, all_pieces: Mapping[str, int], kept: Sequence[str]
) -> Weights:
    """Return a student's weights with a table for the pieces ``kept``.

    A piece that the student has already keeps its row. The row of a new piece is an affine map of the teacher's row,
    fitted by least squares over the pieces that both have.

    Args:
        weights: The student's.
        old: Piece -> id, the student's.
        teacher: The teacher's weights.
        all_pieces: Piece -> id, the teacher's.
        kept: The student's pieces from now on, in the order of their ids.
    """
    rows = teacher["embeddings.word_embeddings.weight"].astype(np.float64)
    rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    table = weights["embeddings.table"]
    shared = [piece for piece in kept if piece in old]
    learned = table[[old[piece] for piece in shared]]
    fitted, *_ = np.linalg.lstsq(rows[[all_pieces[piece] for piece in shared]], learned, rcond=None)
    larger = (rows[[all_pieces[piece] for piece in kept]] @ fitted).astype(np.float32)
    larger[[piece in old for piece in kept]] = learned
    return {**weights, "embeddings.table": larger}
