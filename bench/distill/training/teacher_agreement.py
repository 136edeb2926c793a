"""How well a student orders a query's passages, as its teacher does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def share_ordered_alike(predicted: npt.NDArray[np.floating], target: npt.NDArray[np.floating]) -> float:
    """Return the share of a query's passage pairs that are ordered as the teacher orders them.

    Only pairs that the teacher sets at least one logit apart count; NaN where it sets none so.

    Args:
        predicted: The student's logits, of shape (passages,).
        target: The teacher's.
    """
    apart = (target[:, None] - target[None, :]) > 1
    return float(((predicted[:, None] - predicted[None, :]) > 0)[apart].mean()) if apart.any() else float("nan")
