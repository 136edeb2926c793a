"""What a student is to learn, and how far it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from bench.distill.from_questions.examples import Example, chunks
from bench.distill.student.design import ListTrainingSettings
from bench.distill.student.forward import padded, score


def distillation_loss(weights: Mapping[str, Any], batch: Sequence[Example], settings: ListTrainingSettings) -> Any:
    """Return the mean over queries of margin-MSE and listwise KL, with a little of the logits' own MSE.

    The mean squared error of all margins of a query is twice the variance of the errors of its logits. The plain MSE
    keeps the scores on the teacher's scale, where a passage stands without the others.
    """
    logits = pair_logits(weights, batch, settings)
    losses = []
    position = 0
    for example in batch:
        predicted = logits[position : position + len(example.pairs)]
        position += len(example.pairs)
        target = torch.tensor(example.logits)
        error = predicted - target
        margins = ((error - error.mean()) ** 2).mean()
        listwise = functional.kl_div(
            functional.log_softmax(predicted / settings.temperature, dim=0),
            functional.log_softmax(target / settings.temperature, dim=0),
            reduction="sum",
            log_target=True,
        )
        losses.append(0.1 * margins + listwise + 0.02 * (error**2).mean())
    return torch.stack(losses).mean()


def pair_logits(weights: Mapping[str, Any], batch: Sequence[Example], settings: ListTrainingSettings) -> Any:
    """Return the logits of all pairs of a batch in their order, computed in chunks of like length."""
    pairs = [pair for example in batch for pair in example.pairs]
    split = chunks([len(pair.ids) for pair in pairs], settings.chunk)
    # Only the rows of the batch's own pieces, so that no chunk makes a gradient of the whole table. 0 is for padding.
    pieces = np.unique(np.concatenate([[0], *(pair.ids for pair in pairs)]))
    few = {**weights, "embeddings.table": weights["embeddings.table"][torch.from_numpy(pieces)]}
    parts = []
    for chunk in split:
        ids, types, mask = padded([pairs[i] for i in chunk])
        places = np.searchsorted(pieces, ids)
        tensors = torch.from_numpy(places), torch.from_numpy(types), torch.from_numpy(mask)
        parts.append(score(few, *tensors, settings.heads))
    order = torch.tensor([i for chunk in split for i in chunk])
    return torch.empty(len(pairs)).index_copy(0, order, torch.cat(parts))


def agreement(
    weights: Mapping[str, Any], examples: Sequence[Example], settings: ListTrainingSettings, pool: ThreadPoolExecutor
) -> dict[str, float]:
    """Return how well a student ranks examples, each query counting once.

    Returns:
        ``agreement``: share of the passage pairs ordered as the teacher orders them, of those that it sets at least
        one logit apart. ``reciprocal_rank``: of the first relevant passage. ``margin_error``: root of the mean squared
        error of the logits, each query's mean error removed.
    """

    def predict(batch: Sequence[Example]) -> list[Any]:
        with torch.no_grad():
            logits = pair_logits(weights, batch, settings).numpy()
        return np.split(logits, np.cumsum([len(example.pairs) for example in batch])[:-1])

    parts = [examples[first : first + 16] for first in range(0, len(examples), 16)]
    predictions = [predicted for part in pool.map(predict, parts) for predicted in part]
    ordered, ranks, errors = [], [], []
    for example, predicted in zip(examples, predictions, strict=True):
        ordered += _ordered_alike(predicted, np.array(example.logits))
        ranks += _reciprocal_rank(predicted, np.array(example.relevant))
        errors.append(float(np.var(predicted - np.array(example.logits))))
    return {
        "agreement": float(np.mean(ordered)),
        "reciprocal_rank": float(np.mean(ranks)),
        "margin_error": float(np.sqrt(np.mean(errors))),
    }


def _ordered_alike(predicted: Any, target: Any) -> list[float]:
    apart = (target[:, None] - target[None, :]) > 1
    return [float(((predicted[:, None] - predicted[None, :]) > 0)[apart].mean())] if apart.any() else []


def _reciprocal_rank(predicted: Any, relevant: Any) -> list[float]:
    if not 0 < relevant.sum() < len(relevant):
        return []
    ranked = relevant[np.argsort(-predicted, kind="stable")]
    return [1.0 / (int(np.argmax(ranked > 0)) + 1)]
