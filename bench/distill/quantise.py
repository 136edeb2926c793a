"""Weights to few bits. Symmetric and per output, so that a scale is one multiplication after an integer product."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]

#: Never more: processors without VNNI add two products of an 8-bit activation and a weight in 16 bits, which 8-bit
#: weights overflow, so that a model scores differently from one processor to the next.
MOST_BITS = 7
#: Fewer zip smaller. With 6, held-back queries are ranked as in float32; with 5, a thousandth of the pairs worse.
WEIGHT_BITS = 5

# Steps a little wider than those that err least zip smaller, and clip the largest weights less, which count for more
# than their share of the squared error: held-back queries are ranked no worse.
_WIDER = np.float32(1.06)
# Clipping the few largest values makes the steps finer for all others.
_CLIPS = np.linspace(0.5, 1.0, 21)


def quantise(matrix: Float, bits: int = WEIGHT_BITS) -> tuple[npt.NDArray[np.int8], Float]:
    """Return integers of ``bits`` bits and one scale per column: 6 % above that of the clipping that errs least."""
    limit = 2 ** (bits - 1) - 1
    largest = np.maximum(np.abs(matrix).max(axis=0), 1e-12)
    best = np.full(matrix.shape[1], np.inf)
    scales = largest / limit
    for clip in _CLIPS:
        scale = largest * clip / limit
        error = ((np.clip(np.rint(matrix / scale), -limit, limit) * scale - matrix) ** 2).sum(axis=0)
        better = error < best
        best[better], scales[better] = error[better], scale[better]
    scales = scales * _WIDER
    integers = np.clip(np.rint(matrix / scales), -limit, limit).astype(np.int8)
    return integers, scales.astype(np.float32)
