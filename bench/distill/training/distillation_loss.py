"""What a student is to learn and how far it has, over (queries, passages) at once, on any device."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional


def distillation_loss(predicted: Any, target: Any, mask: Any, temperature: float) -> Any:
    """Return the mean over queries of margin-MSE and listwise KL, with a little of the logits' own MSE.

    The mean squared error of all margins of a query is twice the variance of the errors of its logits. The plain MSE
    keeps the scores on the teacher's scale, where a passage stands without the others.

    Args:
        predicted: The student's logits, of shape (queries, passages).
        target: The teacher's.
        mask: True where there is a passage; every query has one.
        temperature: Divides the logits in the listwise part.
    """
    passages = mask.sum(1)
    error = torch.where(mask, predicted - target, 0.0)
    margins = (_centred(error, mask) ** 2).sum(1) / passages
    lowest = torch.finfo(predicted.dtype).min
    student, teacher = (
        functional.log_softmax(torch.where(mask, logits / temperature, lowest), dim=1) for logits in (predicted, target)
    )
    listwise = torch.where(mask, teacher.exp() * (teacher - student), 0.0).sum(1)
    return (0.1 * margins + listwise + 0.02 * (error**2).sum(1) / passages).mean()


def agreements(predicted: Any, target: Any, mask: Any) -> tuple[Any, Any]:
    """Return the agreement and the error of each query, two tensors of shape (queries,).

    Args:
        predicted: The student's logits, of shape (queries, passages).
        target: The teacher's.
        mask: True where there is a passage; every query has one.

    Returns:
        What :func:`~bench.distill.training.teacher_agreement.share_ordered_alike` returns for the query, and the
        variance of the logits' errors.
    """
    both = mask[:, :, None] & mask[:, None, :]
    apart = both & (target[:, :, None] - target[:, None, :] > 1)
    alike = apart & (predicted[:, :, None] > predicted[:, None, :])
    error = torch.where(mask, predicted - target, 0.0)
    variance = (_centred(error, mask) ** 2).sum(1) / mask.sum(1)
    return alike.sum((1, 2)) / apart.sum((1, 2)), variance


def _centred(error: Any, mask: Any) -> Any:
    return torch.where(mask, error - error.sum(1, keepdim=True) / mask.sum(1, keepdim=True), 0.0)
