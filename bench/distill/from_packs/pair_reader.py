"""The logits of many pairs of a pack, by a student or its teacher, on any device."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from bench.distill.packs.flat_texts import Integers, PairMaker, by_length
from bench.distill.packs.label_lists import LabelLists
from bench.distill.student.forward import encode, head
from bench.distill.student.weights import Weights
from bench.distill.training.distillation_loss import agreements

#: The precisions of products. Weights and sums stay float32.
PRECISIONS = {"float32": None, "float16": torch.float16, "bfloat16": torch.bfloat16}
_QUERIES_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class PairReader:
    """Computes the logits of pairs.

    Attributes:
        pairs: Puts the pairs together, on the device that computes.
        heads: Attention heads.
        tokens: The most tokens of a forward pass, padding included.
        precision: One of ``PRECISIONS``.
    """

    pairs: PairMaker
    heads: int
    tokens: int
    precision: str

    def on_device(self, weights: Weights) -> dict[str, Any]:
        """Return weights as tensors on the device."""
        return {name: torch.tensor(values, device=self.pairs.device) for name, values in weights.items()}

    def logits(self, weights: Mapping[str, Any], queries: Integers, passages: Integers) -> Any:
        """Return the logit of each pair, float32 of shape (pairs,), in batches of pairs of like length."""
        split = by_length(self.pairs.lengths(queries, passages), self.tokens, self.pairs.multiple)
        found = []
        for batch in split:
            ids, types, mask = self.pairs(queries[batch], passages[batch])
            with self._autocast():
                rows = encode(weights, ids, types, mask, self.heads)
            # The 8 bits of bfloat16 are too few for the logits themselves.
            found.append(head(weights, rows.float()))
        back = torch.from_numpy(np.argsort(np.concatenate(split), kind="stable")).to(self.pairs.device)
        return torch.cat(found)[back]

    def list_logits(self, weights: Mapping[str, Any], lists: LabelLists) -> tuple[Any, Any, Any]:
        """Return logits, the teacher's logits, and a mask of the passages, each of shape (queries, passages)."""
        mask = lists.passage >= 0
        rows, places = np.nonzero(mask)
        found = self.logits(weights, lists.query[rows], lists.passage[rows, places])
        device = self.pairs.device
        at = torch.from_numpy(np.stack([rows, places])).to(device)
        predicted = torch.zeros(mask.shape, device=device).index_put((at[0], at[1]), found)
        return predicted, torch.from_numpy(lists.logit).to(device), torch.from_numpy(mask).to(device)

    def agreement(self, weights: Mapping[str, Any], lists: LabelLists) -> tuple[Any, Any]:
        """Return the two arrays of ``distillation_loss.agreements``, for any number of lists."""
        parts = []
        with torch.inference_mode():
            for first in range(0, len(lists), _QUERIES_AT_ONCE):
                rows = np.arange(first, min(first + _QUERIES_AT_ONCE, len(lists)))
                parts.append(torch.stack(agreements(*self.list_logits(weights, lists.take(rows)))).cpu())
        both = torch.cat(parts, dim=1).double().numpy() if parts else np.empty((2, 0))
        return both[0], both[1]

    def _autocast(self) -> AbstractContextManager[Any]:
        dtype = PRECISIONS[self.precision]
        return nullcontext() if dtype is None else torch.autocast(self.pairs.device.type, dtype)
