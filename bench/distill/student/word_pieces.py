"""A smaller WordPiece vocabulary, in which every word is known that was known before."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tokenizers import Tokenizer

from bench.common.errors import BenchError

_CONTINUATION = "##"
# BERT's vocabulary is sorted by frequency: pieces up to here are common English, whatever the topics of the training.
_COMMON = 8_000


def whole_tokenizer(document: str) -> Tokenizer:
    """Return the tokenizer of a ``tokenizer.json``, set to pad nothing and to cut nothing."""
    tokenizer = Tokenizer.from_str(document)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def special_tokens(tokenizer: Tokenizer) -> list[str]:
    """Return the tokens that a tokenizer adds itself."""
    return [token.content for token in tokenizer.get_added_tokens_decoder().values()]


def count_pieces(tokenizer: Tokenizer, texts: Iterable[str], batch: int = 1_000) -> Counter[str]:
    """Return how often each piece occurs in ``texts``."""
    counts: Counter[str] = Counter()
    waiting: list[str] = []

    def count() -> None:
        for encoding in tokenizer.encode_batch(waiting, add_special_tokens=False):
            counts.update(encoding.tokens)
        waiting.clear()

    for text in texts:
        waiting.append(text)
        if len(waiting) == batch:
            count()
    count()
    return counts


def prune(vocabulary: Mapping[str, int], special: Iterable[str], counts: Mapping[str, int], size: int) -> list[str]:
    """Return the pieces to keep, in their old order. A piece's place in the list is its new id.

    Special tokens and every single character are kept, at the beginning of a word and inside. WordPiece takes the
    longest piece that fits, so a word is unknown only where a character is, as before. Then the most frequent pieces
    are kept.

    Args:
        vocabulary: Piece -> id.
        special: Tokens that the tokenizer adds itself.
        counts: How often each piece occurs in English text.
        size: Pieces to keep.

    Raises:
        BenchError: A character of some piece is not a piece itself, or ``size`` is too small for all characters.
    """
    special = set(special)
    pieces = [piece for piece in vocabulary if piece not in special and not _reserved(piece)]
    starts = {piece[0] for piece in pieces if not _continues(piece)}
    insides = {c for piece in pieces for c in (piece[len(_CONTINUATION) :] if _continues(piece) else piece[1:])}
    alphabet = starts | {_CONTINUATION + c for c in insides}
    if alphabet - vocabulary.keys():
        lacking = ", ".join(sorted(alphabet - vocabulary.keys())[:5])
        raise BenchError(f"the vocabulary has pieces with characters that are no pieces themselves: {lacking}")
    kept = alphabet | (special & vocabulary.keys())
    if len(kept) > size:
        raise BenchError(f"the vocabulary cannot be cut to {size} pieces: {len(kept)} are characters or special")
    rest = sorted((piece for piece in pieces if piece not in kept), key=lambda piece: _rank(piece, vocabulary, counts))
    kept.update(rest[: size - len(kept)])
    return sorted(kept, key=vocabulary.__getitem__)


def pruned_tokenizer(tokenizer: Tokenizer, kept: list[str], max_length: int = 512) -> str:
    """Return the ``tokenizer.json`` of a WordPiece tokenizer with the vocabulary ``kept``."""
    document: dict[str, Any] = json.loads(tokenizer.to_str())
    new_ids = {piece: i for i, piece in enumerate(kept)}
    document["model"]["vocab"] = new_ids
    document["added_tokens"] = [
        {**token, "id": new_ids[token["content"]]} for token in document["added_tokens"] if token["content"] in new_ids
    ]
    for token in document["post_processor"]["special_tokens"].values():
        token["ids"] = [new_ids[piece] for piece in token["tokens"]]
    document["truncation"] = {"direction": "Right", "max_length": max_length, "strategy": "LongestFirst", "stride": 0}
    document["padding"] = None
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def _continues(piece: str) -> bool:
    return piece.startswith(_CONTINUATION) and len(piece) > len(_CONTINUATION)


def _reserved(piece: str) -> bool:
    return piece.startswith("[unused")


def _rank(piece: str, vocabulary: Mapping[str, int], counts: Mapping[str, int]) -> tuple[bool, int, int]:
    common = vocabulary[piece] < _COMMON and piece.isascii()
    return (not common, -counts.get(piece, 0), vocabulary[piece])
