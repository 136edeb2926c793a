"""Logits to scores in 0..1, and to the order of the passages.

Both heads compute in float32, with the same operations in the same order as FlashRank 0.2.10, so that scores
are equal to its to the bit; only where its formula would overflow do they leave it. From a logit of about 16.7 on every
such score is 1.0, so passages are ordered by their logits.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

# exp(88.8) is beyond float32. Well below that, 1 / (1 + exp(-x)) and exp(x) are the same float32 anyway.
_EXP_LIMIT = np.float32(80)
_LARGEST = np.finfo(np.float32).max


def scores_from_logits(logits: FloatArray) -> FloatArray:
    """Return one score per row: a sigmoid of one logit, or the softmax's second of two.

    Args:
        logits: float32 of shape (passages, 1) or (passages, 2), finite or infinite but not NaN.

    Returns:
        float32 of shape (passages,), each in 0..1.

    Raises:
        ValueError: Any other number of columns.
    """
    if logits.ndim == 2 and logits.shape[1] == 1:
        return _sigmoid(logits[:, 0])
    if logits.ndim == 2 and logits.shape[1] == 2:
        return _softmax_second(logits)
    raise ValueError(f"a cross-encoder's head has 1 or 2 logits, not an output of shape {logits.shape}")


def relevance_logits(logits: FloatArray) -> FloatArray:
    """Return what passages are ordered by: the only logit, or the second less the first, whose sigmoid is the score.

    Args:
        logits: float32 of shape (passages, 1) or (passages, 2), finite or infinite but not NaN.

    Returns:
        float32 of shape (passages,), finite.
    """
    # An infinite logit less another is NaN.
    finite: FloatArray = np.clip(logits, -_LARGEST, _LARGEST)
    if finite.shape[1] == 1:
        return finite[:, 0]
    with np.errstate(over="ignore"):
        difference: FloatArray = np.clip(finite[:, 1] - finite[:, 0], -_LARGEST, _LARGEST)
    return difference


def _sigmoid(logits: FloatArray) -> FloatArray:
    usual = 1 / (1 + np.exp(-np.maximum(logits, -_EXP_LIMIT)))
    return np.where(logits < -_EXP_LIMIT, np.exp(np.minimum(logits, 0)), usual).astype(np.float32)


def _softmax_second(logits: FloatArray) -> FloatArray:
    logits = np.clip(logits, -_LARGEST, _LARGEST)
    largest = logits.max(axis=1)
    shift = np.where(np.abs(logits).max(axis=1) > _EXP_LIMIT, largest, np.float32(0))
    with np.errstate(over="ignore"):
        exponentials = np.exp(logits - shift[:, None])
    return np.asarray(exponentials[:, 1] / np.sum(exponentials, axis=1), dtype=np.float32)
