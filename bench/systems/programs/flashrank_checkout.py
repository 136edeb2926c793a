"""This library, as a user of ``Ranker`` calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PACKAGE = "flashrank"
GIVES_LOGITS = False


def load(setup: dict[str, Any]) -> Callable[[str, list[str]], list[tuple[int, float]]]:
    """Return the function that ranks; ``options`` are further arguments of ``Ranker``."""
    from flashrank import Ranker, RerankRequest

    ranker = Ranker(
        setup["directory"],
        max_length=setup["max_length"],
        threads=setup["threads"],
        file=setup["file"],
        offline=True,
        log_level="ERROR",
        **setup["options"],
    )

    def rank(query: str, texts: list[str]) -> list[tuple[int, float]]:
        passages = [{"id": place, "text": text} for place, text in enumerate(texts)]
        return [(result["id"], result["score"]) for result in ranker.rerank(RerankRequest(query, passages))]

    return rank
