"""What scoring a query's passages gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scores:
    """What ``Ranker.score`` found.

    Attributes:
        scores: Relevance of each passage in 0..1, in the order given.
        logits: What decides the order of the passages, the highest first, in the order given: float32 values of which
            the scores are the sigmoid, so that they differ where scores near 0 or 1 no longer do. A listwise model
            has no logits: its scores stand here too.
        tokens: Tokens of each pair as the model read it, special tokens included.
        truncated: Pairs that were cut to fit.
        tokens_cut: Tokens that did not fit, over all pairs; a lower bound where a text is many thousand
            characters long.
    """

    scores: tuple[float, ...]
    logits: tuple[float, ...]
    tokens: tuple[int, ...]
    truncated: int
    tokens_cut: int
