"""The teacher's int8 model, and its logits."""

from __future__ import annotations

import os
from pathlib import Path

from bench.common.digest import digest_files
from flashrank.models.store import resolve_model
from flashrank.scoring.pair_encoder import PairEncoder
from flashrank.scoring.session import CrossEncoder, load_session
from flashrank.scoring.tokenizer import load_tokenizer

_MAX_LENGTH = 384


class Int8Teacher:
    """Scores pairs one at a time, as the library does.

    Args:
        model: A directory in FlashRank's layout, or a model's name.
        threads: Pairs scored at once; as many as there are cores when not given.
    """

    def __init__(self, model: str | Path, threads: int | None = None) -> None:
        files = resolve_model(model)
        tokenizer, _ = load_tokenizer(files.directory, _MAX_LENGTH)
        self._vocabulary = tokenizer.get_vocab(with_added_tokens=False)
        self.digest = digest_files([files.weights])
        self._pairs = PairEncoder(tokenizer, _MAX_LENGTH)
        self._encoder = CrossEncoder(
            load_session(files.weights), threads or len(os.sched_getaffinity(0)), files.weights
        )

    def logits(self, query: str, texts: list[str]) -> list[float]:
        """Return the logit of each text for ``query``."""
        return [round(float(row[-1]), 4) for row in self._encoder.logits(self._pairs.encode(query, texts))]

    def words(self) -> list[str]:
        """Return the words of its vocabulary that have at least four letters and do not end in s."""
        pieces = [piece for piece in self._vocabulary if piece.isascii() and piece.isalpha() and len(piece) > 3]
        return sorted(piece for piece in pieces if not piece.endswith("s"))
