"""Rounding a matrix to integers: each value to the nearest, or all of them for the smallest error of its products."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Real = npt.NDArray[np.floating]
Double = npt.NDArray[np.float64]

# Added to the diagonal, as a share of its mean: inputs that hardly vary would make the moment singular.
_DAMPING = 0.01
# The errors of so many rows reach the rest in one product, which is faster than row by row.
_BLOCK = 64


class NearestRounding:
    """Rounds every value to the nearest integer."""

    def error(self, differences: Real) -> Double:
        """Return the squared error of each column."""
        return np.asarray((differences * differences).sum(axis=0))

    def round(self, matrix: Real, limit: int) -> Double:
        """Return integers of ``-limit..limit``."""
        return np.clip(np.rint(matrix), -limit, limit)


class GptqRounding:
    """Rounds row by row. The error that a row adds to the products is made up for in the rows after it.

    This is GPTQ (Frantar et al. 2023, https://arxiv.org/abs/2210.17323). The rows with the largest inputs come first.

    Args:
        moment: Second moment of the rows that the matrix multiplies, of shape (inputs, inputs).
    """

    def __init__(self, moment: Real) -> None:
        self._moment = moment.astype(np.float64)
        self._order = np.argsort(-np.diag(moment), kind="stable")
        damped = self._moment[np.ix_(self._order, self._order)]
        damped += np.eye(len(moment)) * max(_DAMPING * np.diag(moment).mean(), 1e-12)
        self._carry = np.linalg.cholesky(np.linalg.inv(damped)).T

    def error(self, differences: Real) -> Double:
        """Return the squared error of each column of the product, summed over the inputs of the moment."""
        return np.asarray((differences * (self._moment @ differences)).sum(axis=0))

    def round(self, matrix: Real, limit: int) -> Double:
        """Return integers of ``-limit..limit`` for a matrix of shape (inputs, outputs)."""
        left = matrix[self._order].astype(np.float64)
        rounded = np.empty_like(left)
        for start in range(0, len(left), _BLOCK):
            stop = min(start + _BLOCK, len(left))
            errors = np.empty((stop - start, left.shape[1]))
            for i in range(start, stop):
                rounded[i] = np.clip(np.rint(left[i]), -limit, limit)
                errors[i - start] = (left[i] - rounded[i]) / self._carry[i, i]
                left[i + 1 : stop] -= np.outer(self._carry[i, i + 1 : stop], errors[i - start])
            left[stop:] -= self._carry[start:stop, stop:].T @ errors
        integers = np.empty_like(rounded)
        integers[self._order] = rounded
        return integers
