"""BM25 over a pool of texts, to find candidates."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any


class Bm25Pool:
    """Texts that BM25 searches, each once.

    Args:
        texts: The texts.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = list(dict.fromkeys(texts))

    def search(self, query: str, depth: int) -> list[str]:
        """Return BM25's best for ``query``, best first: ``depth`` of them, or all."""
        import bm25s

        tokens = bm25s.tokenize([query], **self._settings)
        found, _ = self._index.retrieve(tokens, k=min(depth, len(self.texts)), show_progress=False)
        return [self.texts[i] for i in found[0]]

    @cached_property
    def _settings(self) -> dict[str, Any]:
        import Stemmer

        return {"stemmer": Stemmer.Stemmer("english"), "stopwords": "en", "show_progress": False}

    @cached_property
    def _index(self) -> Any:
        import bm25s

        # Not the defaults of the harness, which may change: the labels made so far rest on these.
        index = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
        index.index(bm25s.tokenize(self.texts, **self._settings), show_progress=False)
        return index
