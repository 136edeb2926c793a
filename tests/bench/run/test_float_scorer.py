"""The reference in float32: it is near the 8-bit model, not the same, and a float32 model is its own."""

from __future__ import annotations

import numpy as np
import pytest

from bench.run.float_scorer import float_scorer
from flashrank import Ranker, locate_model

QUERY, PASSAGES = "rank the passages", ["the query", "rank " * 30, "tokens of a model"]


@pytest.mark.parametrize(
    ("model", "same"), [("one-logit-int8", False), ("two-logits-int8", False), ("one-logit-fp32", True)]
)
def test_it_scores_with_the_weights_of_the_model(fixtures, model, same):
    shipped = Ranker(fixtures / model, threads=1, max_length=64, log_level="ERROR", graph="as-shipped").score(
        QUERY, PASSAGES
    )
    with float_scorer(locate_model(fixtures / model), 64, 1) as score:
        found = score(QUERY, PASSAGES)
        alone = [score(QUERY, [passage]).logits[0] for passage in PASSAGES]
    assert list(found.logits) == alone
    assert found.tokens == shipped.tokens
    assert (found.logits == shipped.logits) is same
    assert np.abs(np.array(found.logits) - shipped.logits).max() < 1
