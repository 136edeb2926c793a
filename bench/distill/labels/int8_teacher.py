"""The teacher's int8 model, and its logits."""

from __future__ import annotations

from pathlib import Path

from bench.common.digest import digest_files
from flashrank import Ranker, resolve_model

_MAX_LENGTH = 384


class Int8Teacher:
    """Scores pairs one at a time, as the library does.

    Args:
        model: A directory in FlashRank's layout, or a model's name.
        threads: Pairs scored at once; as many as there are cores when not given.
    """

    def __init__(self, model: str | Path, threads: int | None = None) -> None:
        self.digest = digest_files([resolve_model(model).weights])
        self._ranker = Ranker(model, max_length=_MAX_LENGTH, threads=threads, log_level="ERROR")

    def logits(self, query: str, texts: list[str]) -> list[float]:
        """Return the logit of each text for ``query``."""
        return [round(logit, 4) for logit in self._ranker.score(query, texts).logits]

    def words(self) -> list[str]:
        """Return the words of its vocabulary that have at least four letters and do not end in s."""
        vocabulary = self._ranker.tokenizer.get_vocab(with_added_tokens=False)
        pieces = [piece for piece in vocabulary if piece.isascii() and piece.isalpha() and len(piece) > 3]
        return sorted(piece for piece in pieces if not piece.endswith("s"))
