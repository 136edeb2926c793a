"""Quantisation of weights to few bits: symmetric, with one scale per output, applied after the integer product."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bench.distill.export.rounding import GptqRounding, NearestRounding

Float = npt.NDArray[np.float32]
Double = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int8]

#: The most bits of a weight. Processors without VNNI add two products of 8-bit activations and weights in 16 bits.
#: 8-bit weights overflow there, so that scores would differ from one processor to the next.
MOST_BITS = 7
#: Fewer bits make a smaller wheel.
WEIGHT_BITS = 5

# Steps a little wider than those with the least error make a smaller wheel, and clip the largest weights less. On
# held-back queries the ranking is as good.
_WIDER = np.float32(1.06)
# Clipping the few largest values makes finer steps for all others.
_CLIPS = np.linspace(0.5, 1.0, 11)


def quantise(matrix: Float, bits: int = WEIGHT_BITS, moment: Double | None = None) -> tuple[Integers, Float]:
    """Return integers of ``bits`` bits and one scale per column, 6 % above the scale with the least error.

    Args:
        matrix: What rows are multiplied by, of shape (inputs, outputs).
        bits: Bits of an integer, its sign included.
        moment: Second moment of those rows, of shape (inputs, inputs). With it, the error is that of the product with
            the rows; without, that of the matrix itself.
    """
    limit = 2 ** (bits - 1) - 1
    rounding = NearestRounding() if moment is None else GptqRounding(moment)
    scales = _scales(matrix, limit, rounding)
    return rounding.round(matrix / scales, limit).astype(np.int8), scales


def quantise_table(table: Float, projection: Float, bits: int) -> tuple[Integers, Float]:
    """Return integers of ``bits`` bits and one scale per column, for a table whose rows are multiplied by a projection.

    Args:
        table: Of shape (pieces, width).
        projection: Of shape (width, outputs). Each row is rounded for a small error of its product with it.
        bits: Bits of an integer, its sign included.
    """
    limit = 2 ** (bits - 1) - 1
    scales = _scales(table, limit, NearestRounding())
    scaled = projection * scales[:, None].astype(np.float64)
    integers = GptqRounding(scaled @ scaled.T).round((table / scales).T, limit)
    return np.ascontiguousarray(integers.T, dtype=np.int8), scales


def _scales(matrix: Float, limit: int, rounding: NearestRounding | GptqRounding) -> Float:
    """Return the scale of each column, as ``quantise`` describes it."""
    largest = np.maximum(np.abs(matrix).max(axis=0), 1e-12)
    best = np.full(matrix.shape[1], np.inf)
    scales = largest / limit
    for clip in _CLIPS:
        scale = largest * clip / limit
        error = rounding.error(rounding.round(matrix / scale, limit) * scale - matrix)
        better = error < best
        best[better], scales[better] = error[better], scale[better]
    return np.asarray(scales * _WIDER, dtype=np.float32)
