"""What scoring a query's passages gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self


class ScoredPair(NamedTuple):
    """One pair of query and passage, scored.

    Attributes:
        score: Relevance in 0..1.
        logit: What the passage is ordered by, the highest first.
        tokens: Tokens of the pair, special tokens included.
        cut: Tokens that did not fit.
    """

    score: float
    logit: float
    tokens: int
    cut: int


@dataclass(frozen=True, slots=True)
class Scores:
    """What ``Ranker.score`` found.

    Attributes:
        scores: Relevance of each passage in 0..1, in the order given.
        logits: What decides the order of the passages, the highest first, in the order given: float32 values of which
            the scores are the sigmoid, so that they differ where scores near 0 or 1 no longer do. A listwise model
            has no logits: its scores stand here too. Those of passages that a cascade did not rescore may be lowered.
        tokens: Tokens of each pair as the model read it, special tokens included.
        truncated: Pairs that were cut to fit.
        tokens_cut: Tokens that did not fit, over all pairs; a lower bound where a text is many thousand
            characters long.
        rescored: Of a ``Ranker`` with a ``first`` model: True where a passage's score, logit and tokens are those of
            the ranker's own model, False where they are the first one's. None of a ranker without one.
    """

    scores: tuple[float, ...]
    logits: tuple[float, ...]
    tokens: tuple[int, ...]
    truncated: int
    tokens_cut: int
    rescored: tuple[bool, ...] | None = None

    @classmethod
    def from_pairs(cls, pairs: Sequence[ScoredPair], rescored: tuple[bool, ...] | None = None) -> Self:
        """Return the scores of pairs, in their order."""
        return cls(
            scores=tuple(pair.score for pair in pairs),
            logits=tuple(pair.logit for pair in pairs),
            tokens=tuple(pair.tokens for pair in pairs),
            truncated=sum(pair.cut > 0 for pair in pairs),
            tokens_cut=sum(pair.cut for pair in pairs),
            rescored=rescored,
        )
