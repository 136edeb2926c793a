"""Token ids equal transformers' own, and logits torch's, for the pairs recorded in ``fixtures/reference.json``."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pytest

from flashrank import Ranker

REFERENCE = json.loads((Path(__file__).parents[2] / "fixtures" / "reference.json").read_text(encoding="utf-8"))
LENGTHS = ("512", "32", "8")
MODELS = {
    "one-logit-fp32": ("wordpiece", 1e-5),
    "one-logit-int8": ("wordpiece", 0.05),  # int8 kernels round otherwise on other processors
    "two-logits-int8": ("wordpiece", 0.05),
    "no-token-types": ("unigram", 1e-5),
}


def score_of(logits):
    """Return the score in double precision: a sigmoid of one logit, the softmax's second of two."""
    return 1 / (1 + math.exp(-logits[0] if len(logits) == 1 else logits[0] - logits[1]))


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("name", MODELS)
def test_ids_and_scores(fixtures, name, length):
    group, tolerance = MODELS[name]
    ranker = Ranker(fixtures / name, max_length=int(length), log_level="ERROR")
    for pair in REFERENCE["pairs"]:
        expected = pair[group][length]
        (tokens,) = ranker._pairs.encode(pair["query"], [pair["passage"]])
        assert len(tokens.ids) == expected["tokens"]
        if "ids" in expected:
            assert tokens.ids == expected["ids"]
        else:
            assert hashlib.sha256(np.array(tokens.ids, "<i8").tobytes()).hexdigest() == expected["sha256"]
        assert tokens.cut == pair[group]["untruncated"] - expected["tokens"]
        if "second" in expected:
            assert sum(tokens.type_ids) == expected["second"]
        (score,) = ranker.score(pair["query"], [pair["passage"]]).scores
        wanted = score_of(expected["logits"][name])
        assert score == pytest.approx(wanted, abs=tolerance)
