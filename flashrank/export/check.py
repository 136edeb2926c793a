"""Compares an exported model, loaded as a user loads it, with its original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from flashrank import Ranker
from flashrank.errors import InvalidModel
from flashrank.scoring.heads import FloatArray
from flashrank.scoring.pair import Pair
from flashrank.scoring.samples import SAMPLES
from flashrank.scoring.session import CrossEncoder, load_session

if TYPE_CHECKING:
    from flashrank.export.original import Original

#: Most tokens of a sample pair: what ``Ranker`` cuts at unless it is told otherwise.
MAX_LENGTH = 512


@dataclass(frozen=True, slots=True)
class Difference:
    """How far two arrays of logits are apart.

    Attributes:
        mean: Mean absolute difference.
        largest: Largest absolute difference.
    """

    mean: float
    largest: float

    @classmethod
    def between(cls, logits: FloatArray, others: FloatArray) -> Difference:
        """Compare two arrays of one shape."""
        differences = np.abs(logits.astype(np.float64) - others)
        return cls(float(differences.mean()), float(differences.max()))


def sample_pairs(directory: Path, original: Original) -> list[Pair]:
    """Return the sample pairs as ``Ranker`` makes them from a model directory.

    Raises:
        InvalidModel: A pair has other token ids than transformers gives it.
    """
    ranker = Ranker(directory, max_length=MAX_LENGTH, log_level="ERROR", offline=True)
    pairs = []
    for query, passages in SAMPLES:
        for passage, pair in zip(passages, ranker.encode(query, passages), strict=True):
            expected = original.pair(query, passage, ranker.max_length)
            if expected is not None and pair.ids != expected.ids:
                raise InvalidModel(_other_tokens("token ids", query, passage, pair.ids, expected.ids))
            if expected is not None and "token_type_ids" in original.inputs and pair.type_ids != expected.type_ids:
                raise InvalidModel(_other_tokens("segments", query, passage, pair.type_ids, expected.type_ids))
            pairs.append(pair)
    return pairs


def original_logits(original: Original, pairs: Sequence[Pair]) -> FloatArray:
    """Return the original's logits, float32 of shape (pairs, 1 or 2).

    Raises:
        InvalidModel: One of them is not a number.
    """
    logits = np.stack([original.logits(pair) for pair in pairs])
    if not np.isfinite(logits).all():
        raise InvalidModel("the original gives logits that are not finite: its weights are damaged or overflow")
    return logits


def graph_logits(graph: Path, pairs: Sequence[Pair]) -> FloatArray:
    """Return an ONNX file's logits, float32 of shape (pairs, 1 or 2), scored as ``Ranker`` scores.

    Raises:
        InvalidModel: The file cannot be used, or gives NaN.
    """
    return CrossEncoder(load_session(graph), 1).logits(pairs)


def _other_tokens(what: str, query: str, passage: str, ours: Sequence[int], theirs: Sequence[int]) -> str:
    place = next((i for i, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other), len(ours))
    return (
        f"the exported tokenizer gives other {what} than transformers does for query {query[:40]!r} and passage"
        f" {passage[:40]!r}: {list(ours[place : place + 3])} instead of {list(theirs[place : place + 3])}"
        f" at token {place}"
    )
