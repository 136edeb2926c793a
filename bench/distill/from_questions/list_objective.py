"""What a student is to learn from labelled queries, and how far it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from bench.distill.from_questions.examples import Example, chunks
from bench.distill.student.forward import padded, score
from bench.distill.training.distillation_loss import distillation_loss
from bench.distill.training.teacher_agreement import share_ordered_alike
from bench.distill.training.training_settings import ListTrainingSettings

_QUERIES_AT_ONCE = 16


def list_loss(weights: Mapping[str, Any], batch: Sequence[Example], settings: ListTrainingSettings) -> Any:
    """Return the distillation loss of a batch."""
    sizes = [len(example.pairs) for example in batch]
    predicted = pad_sequence(torch.split(pair_logits(weights, batch, settings), sizes), batch_first=True)
    target = pad_sequence([torch.tensor(example.logits) for example in batch], batch_first=True)
    mask = torch.arange(max(sizes)) < torch.tensor(sizes)[:, None]
    return distillation_loss(predicted, target, mask, settings.temperature)


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
        ``agreement``: mean share of the passage pairs ordered as the teacher orders them, by
        :func:`~bench.distill.training.teacher_agreement.share_ordered_alike`. ``reciprocal_rank``: of the first
        relevant passage. ``margin_error``: root of the mean squared error of the logits, less each query's mean error.
    """

    def predict(batch: Sequence[Example]) -> list[Any]:
        with torch.no_grad():
            logits = pair_logits(weights, batch, settings).numpy()
        return np.split(logits, np.cumsum([len(example.pairs) for example in batch])[:-1])

    parts = [examples[first : first + _QUERIES_AT_ONCE] for first in range(0, len(examples), _QUERIES_AT_ONCE)]
    predictions = [predicted for part in pool.map(predict, parts) for predicted in part]
    shares, ranks, errors = [], [], []
    for example, predicted in zip(examples, predictions, strict=True):
        shares.append(share_ordered_alike(predicted, np.array(example.logits)))
        ranks.append(_reciprocal_rank(predicted, np.array(example.relevant)))
        errors.append(float(np.var(predicted - np.array(example.logits))))
    return {
        "agreement": float(np.mean([share for share in shares if not np.isnan(share)])),
        "reciprocal_rank": float(np.mean([rank for rank in ranks if rank is not None])),
        "margin_error": float(np.sqrt(np.mean(errors))),
    }


def _reciprocal_rank(predicted: Any, relevant: Any) -> float | None:
    """Return the reciprocal rank of the first relevant passage; None where all or none are relevant."""
    if not 0 < relevant.sum() < len(relevant):
        return None
    ranked = relevant[np.argsort(-predicted, kind="stable")]
    return 1.0 / (int(np.argmax(ranked > 0)) + 1)
