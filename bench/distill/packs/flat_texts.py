"""Texts as flat arrays of token ids, and pairs put together from them on a device."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from bench.common.atomic import whole_file

Integers = npt.NDArray[np.int64]

_SPECIAL = 3  # [CLS] query [SEP] passage [SEP]
_TEXTS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class FlatTexts:
    """The token ids of texts, text after text.

    Attributes:
        ids: The ids of all texts, int32.
        starts: Where each text begins in ``ids``, and where the last one ends, int64 of shape (texts + 1,).
    """

    ids: npt.NDArray[np.int32]
    starts: Integers

    @property
    def lengths(self) -> Integers:
        """The number of tokens of each text."""
        return np.diff(self.starts)


def flat_texts(texts: Sequence[str], tokenizer: Tokenizer, most: int, path: Path) -> FlatTexts:
    """Return the first ``most`` tokens of every text. A memory map in ``path`` keeps them for the next time.

    Args:
        texts: The texts.
        tokenizer: The tokenizer; no special tokens are added.
        most: The most tokens kept of a text.
        path: Where the ids go, with the ending ``.npy``. The starts go beside them.
    """
    digest = hashlib.sha256(f"{tokenizer.to_str()}\n{most}\n".encode())
    for text in texts:
        digest.update(f"{text}\n".encode())
    starts_path = path.with_name(f"{path.stem}.{digest.hexdigest()[:16]}.starts.npy")
    if not starts_path.exists():
        for old in path.parent.glob(f"{path.stem}.*.starts.npy"):
            old.unlink()
        lengths = [np.zeros(1, np.int64)]
        with path.with_suffix(".ids").open("wb") as file:
            for first in range(0, len(texts), _TEXTS_AT_ONCE):
                found = tokenizer.encode_batch_fast(texts[first : first + _TEXTS_AT_ONCE], add_special_tokens=False)
                cut = [encoding.ids[:most] for encoding in found]
                lengths.append(np.fromiter(map(len, cut), np.int64, len(cut)))
                np.fromiter(chain.from_iterable(cut), np.int32).tofile(file)
        with whole_file(starts_path) as partial:
            np.save(partial, np.cumsum(np.concatenate(lengths)))
    starts = np.load(starts_path)
    ids = np.memmap(path.with_suffix(".ids"), np.int32, "c") if starts[-1] else np.zeros(1, np.int32)
    return FlatTexts(ids, starts)


def kept_tokens(queries: Integers, passages: Integers, max_length: int) -> tuple[Integers, Integers]:
    """Return how many tokens of each pair's query and passage are kept: the longer one is cut first.

    The arithmetic is that of the library's pair encoder, for all pairs at once.

    Args:
        queries: Number of tokens of each pair's query.
        passages: Number of tokens of its passage.
        max_length: The most tokens of a pair, special tokens included.
    """
    room = max_length - _SPECIAL
    shorter, longer = np.minimum(queries, passages), np.maximum(queries, passages)
    longer = np.where(shorter > room, shorter, np.minimum(longer, np.maximum(shorter, room - shorter)))
    both = shorter + longer > room
    shorter, longer = np.where(both, room // 2, shorter), np.where(both, room - room // 2, longer)
    is_query = queries > passages
    return np.where(is_query, longer, shorter), np.where(is_query, shorter, longer)


def by_length(lengths: Integers, tokens: int, multiple: int = 1) -> list[Integers]:
    """Return the indices of pairs, longest first, in batches of at most ``tokens`` when padded.

    Args:
        lengths: Number of tokens of each pair.
        tokens: The most tokens of a batch, padding included. A single pair may have more.
        multiple: Batches are padded to a multiple of this.
    """
    order = np.argsort(-lengths, kind="stable")
    split, first = [], 0
    while first < len(order):
        width = -(-int(lengths[order[first]]) // multiple) * multiple
        count = max(1, tokens // width)
        split.append(order[first : first + count])
        first += count
    return split


class PairMaker:
    """Puts pairs together on a device, from texts that are there.

    Args:
        queries: The queries.
        passages: The passages.
        tokenizer: Has the ids of ``[CLS]``, ``[SEP]`` and ``[PAD]``.
        max_length: The most tokens of a pair, special tokens included. No query alone may be longer.
        device: A torch device.
    """

    def __init__(
        self, queries: FlatTexts, passages: FlatTexts, tokenizer: Tokenizer, max_length: int, device: Any
    ) -> None:
        import torch

        self.device = torch.device(device)
        self.multiple = 8 if self.device.type == "cuda" else 1
        self._special = [tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]", "[PAD]")]
        self._max_length = max_length
        self._texts, self._lengths, self._starts = [], [], []
        for texts in (queries, passages):
            self._lengths.append(texts.lengths)
            self._texts.append(torch.from_numpy(texts.ids).to(self.device))
            self._starts.append(texts.starts)

    def lengths(self, queries: Integers, passages: Integers) -> Integers:
        """Return the number of tokens of each pair, special tokens included. The arguments are numbers of texts."""
        return np.asarray(sum(self._kept(queries, passages)) + _SPECIAL)

    def __call__(self, queries: Integers, passages: Integers) -> tuple[Any, Any, Any]:
        """Return ids, segments and mask as ``forward.score`` takes them; the mask is None where nothing is padded.

        Args:
            queries: Number of each pair's query.
            passages: Number of its passage.
        """
        import torch

        kept_query, kept_passage = self._kept(queries, passages)
        total = kept_query + kept_passage + _SPECIAL
        width = -(-int(total.max()) // self.multiple) * self.multiple
        columns = np.stack([self._starts[0][queries], self._starts[1][passages], kept_query, kept_passage])
        start, passage_start, query_length, passage_length = torch.from_numpy(columns).to(self.device)[..., None]
        place = torch.arange(width, device=self.device)[None]
        cls, sep, pad = self._special
        second = query_length + 2  # where the passage begins
        end = second + passage_length  # where the last [SEP] stands
        ids = torch.full((len(queries), width), pad, dtype=torch.int64, device=self.device)
        for texts, begins, at, length in (
            (self._texts[0], start, place - 1, query_length),
            (self._texts[1], passage_start, place - second, passage_length),
        ):
            found = texts[(begins + at).clamp_(0, len(texts) - 1)].long()
            ids = torch.where((at >= 0) & (at < length), found, ids)
        ids = torch.where((place == second - 1) | (place == end), sep, ids)
        ids[:, 0] = cls
        types = ((place >= second) & (place <= end)).long()
        return ids, types, None if int(total.min()) == width else place <= end

    def _kept(self, queries: Integers, passages: Integers) -> tuple[Integers, Integers]:
        return kept_tokens(self._lengths[0][queries], self._lengths[1][passages], self._max_length)
