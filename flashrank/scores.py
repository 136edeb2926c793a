"""What scoring a query's passages gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scores:
    """What ``Ranker.score`` found.

    Attributes:
        scores: Relevance of each passage in 0..1, in the order given.
        tokens: Tokens of each pair as the model read it, special tokens included.
        truncated: Pairs that were cut to fit.
        tokens_cut: Tokens that did not fit, over all pairs; a lower bound where a text is many thousand
            characters long.
    """

    scores: tuple[float, ...]
    tokens: tuple[int, ...]
    truncated: int
    tokens_cut: int
