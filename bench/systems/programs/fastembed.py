"""The ``TextCrossEncoder`` of fastembed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PACKAGE = "fastembed"
GIVES_LOGITS = True


def load(setup: dict[str, Any]) -> Callable[[str, list[str]], list[tuple[int, float]]]:
    """Return the function that ranks; fastembed returns scores in the order of the texts, which are sorted here."""
    from fastembed.common.model_description import ModelSource
    from fastembed.rerank.cross_encoder import TextCrossEncoder

    name = "the-model-compared"
    # Where it would be fetched from has to be said, and is not used: the directory is given.
    TextCrossEncoder.add_custom_model(name, sources=ModelSource(hf=name), model_file=setup["file"])
    encoder = TextCrossEncoder(name, threads=setup["threads"], specific_model_path=setup["directory"])
    if encoder.model.model.get_outputs()[0].shape[-1] == 2:
        raise ValueError("fastembed reads the first of two logits, and the model's score is in their difference")
    # It cuts at what the tokenizer's configuration says, and has no option for another length.
    encoder.model.tokenizer.enable_truncation(setup["max_length"])

    def rank(query: str, texts: list[str]) -> list[tuple[int, float]]:
        scores = list(encoder.rerank(query, texts))
        return sorted(enumerate(scores), key=lambda place_and_score: -place_and_score[1])

    return rank
