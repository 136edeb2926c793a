"""A query and passages to scores, by one cross-encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flashrank.scoring.heads import relevance_logits, scores_from_logits
from flashrank.scoring.scores import ScoredPair

if TYPE_CHECKING:
    from flashrank.scoring.pair_encoder import PairEncoder
    from flashrank.scoring.prompt_encoder import PromptEncoder
    from flashrank.scoring.session import CrossEncoder


@dataclass(frozen=True, slots=True)
class PairScorer:
    """Scores passages for a query, each by itself.

    Attributes:
        query: The query.
        encoder: Makes its pairs.
        cross_encoder: Runs the model over them.
    """

    query: str
    encoder: PairEncoder | PromptEncoder
    cross_encoder: CrossEncoder

    def __call__(self, texts: Sequence[str]) -> list[ScoredPair]:
        """Return the pairs of the query and each of ``texts``, at least one, scored, in the order given.

        Raises:
            InvalidModel: The model fails on a pair, or gives NaN.
        """
        pairs = self.encoder.encode(self.query, texts)
        logits = self.cross_encoder.logits(pairs)
        found = zip(scores_from_logits(logits).tolist(), relevance_logits(logits).tolist(), pairs, strict=True)
        return [ScoredPair(score, logit, len(pair.ids), pair.cut) for score, logit, pair in found]
