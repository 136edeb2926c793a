"""The cross-encoders of rerankers, which run with transformers and torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PACKAGE = "rerankers"
GIVES_LOGITS = True


def load(setup: dict[str, Any]) -> Callable[[str, list[str]], list[tuple[int, float]]]:
    """Return the function that ranks."""
    import torch
    from rerankers import Reranker

    torch.set_num_threads(setup["threads"])
    reranker = Reranker(
        setup["directory"],
        model_type="cross-encoder",
        device="cpu",
        dtype="float32",
        verbose=0,
        tokenizer_kwargs={"model_max_length": setup["max_length"]},
    )
    if reranker is None:  # what it returns instead of raising, once it has printed why
        raise RuntimeError("rerankers cannot load the model")

    def rank(query: str, texts: list[str]) -> list[tuple[int, float]]:
        ranked = reranker.rank(query=query, docs=texts, doc_ids=list(range(len(texts))))
        return [(result.doc_id, result.score) for result in ranked.results]

    return rank
