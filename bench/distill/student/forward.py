"""The student as a function of its weights: BERT with a factorised table; the last layer computes one row only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

EPSILON = 1e-12


def score(weights: Mapping[str, Any], ids: Any, type_ids: Any, mask: Any, heads: int) -> Any:
    """Return the logit of every pair, of shape (batch,). The arguments are those of ``encode``."""
    return head(weights, encode(weights, ids, type_ids, mask, heads))


def head(weights: Mapping[str, Any], rows: Any) -> Any:
    """Return the logits of the rows that ``encode`` returned, of shape (batch,)."""
    pooled = _affine(weights, "pooler.dense", rows).tanh()
    return _affine(weights, "classifier", pooled)[:, 0]


def encode(weights: Mapping[str, Any], ids: Any, type_ids: Any, mask: Any, heads: int) -> Any:
    """Return the last layer's [CLS] row of every pair, of shape (batch, width).

    Args:
        weights: Name -> torch tensor.
        ids: Token ids, int64 of shape (batch, sequence).
        type_ids: Segments, of the same shape.
        mask: True where there is a token, bool of the same shape; None where nothing is padding.
        heads: Attention heads.
    """
    from torch.nn import functional

    hidden = functional.embedding(ids, weights["embeddings.table"]) @ weights["embeddings.projection"]
    hidden = hidden + weights["embeddings.positions"][: ids.shape[1]]
    hidden = hidden + functional.embedding(type_ids, weights["embeddings.types"])
    hidden = _normalised(weights, "embeddings.LayerNorm", hidden)
    # On a GPU the answer would have to be waited for.
    is_whole = mask is None or (mask.device.type == "cpu" and bool(mask.all()))
    visible = None if is_whole else mask[:, None, None, :]
    layers = sum(name.endswith("intermediate.dense.weight") for name in weights)
    for i in range(layers):
        prefix = f"encoder.layer.{i}."
        # The head reads the [CLS] row of the last layer, so no other row of it is worth computing.
        rows = hidden[:, :1] if i == layers - 1 else hidden
        query = _heads(_affine(weights, f"{prefix}attention.self.query", rows), heads)
        key = _heads(_affine(weights, f"{prefix}attention.self.key", hidden), heads)
        value = _heads(_affine(weights, f"{prefix}attention.self.value", hidden), heads)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=visible)
        mixed = mixed.transpose(1, 2).flatten(2)
        mixed = _affine(weights, f"{prefix}attention.output.dense", mixed)
        hidden = _normalised(weights, f"{prefix}attention.output.LayerNorm", rows + mixed)
        inner = functional.gelu(_affine(weights, f"{prefix}intermediate.dense", hidden))
        inner = _affine(weights, f"{prefix}output.dense", inner)
        hidden = _normalised(weights, f"{prefix}output.LayerNorm", hidden + inner)
    return hidden[:, 0]


@dataclass(frozen=True, slots=True)
class StudentPair:
    """A query and a passage as the student reads them.

    Attributes:
        ids: Token ids, special tokens included.
        type_ids: Segment of each token.
    """

    ids: list[int]
    type_ids: list[int]


def padded(pairs: Sequence[StudentPair]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the ids, segments and mask of pairs, each of shape (pairs, tokens of the longest)."""
    lengths = np.array([len(pair.ids) for pair in pairs])
    mask = np.arange(lengths.max()) < lengths[:, None]
    ids, types = np.zeros(mask.shape, dtype=np.int64), np.zeros(mask.shape, dtype=np.int64)
    ids[mask] = np.concatenate([pair.ids for pair in pairs])
    types[mask] = np.concatenate([pair.type_ids for pair in pairs])
    return ids, types, mask


def _affine(weights: Mapping[str, Any], name: str, values: Any) -> Any:
    import torch

    # One operation, so that half precision stays half: adding a float32 bias would make the result float32.
    product = torch.addmm(weights[f"{name}.bias"], values.flatten(0, -2), weights[f"{name}.weight"])
    return product.unflatten(0, values.shape[:-1])


def _normalised(weights: Mapping[str, Any], name: str, values: Any) -> Any:
    from torch.nn import functional

    scale, shift = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return functional.layer_norm(values, scale.shape, scale, shift, EPSILON)


def _heads(values: Any, heads: int) -> Any:
    return values.unflatten(2, (heads, -1)).transpose(1, 2)
