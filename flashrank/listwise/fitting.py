"""Cuts a query and its passages to fit a language model's context, and counts the tokens that did not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from flashrank.scoring.token_ids import CHARS_PER_TOKEN, TOKENS_PER_WORD, head_of


class Tokens(Protocol):
    """Text to tokens and back."""

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of ``text``."""

    def text(self, tokens: Sequence[int]) -> str:
        """Return the text of ``tokens``."""


class Fitted:
    """One request's query and passages, the passages cut evenly: none above one limit, none below it cut.

    A passage reads the same in every window it stands in, whichever those are: the limit is one at which any
    ``window`` of the passages fit. Only ``tighten`` lowers it, for the windows that follow.

    Args:
        query: The query; it keeps what the passages leave, and at least half of both limits.
        passages: The passages.
        max_length: Most tokens of the query and one passage together.
        room: Most tokens of the query, which stands there twice, and ``window`` passages together.
        window: Most passages that one prompt holds.
        model: Whose tokens are counted.

    Attributes:
        query: The query as it fits.
        limit: Most tokens of a passage.
    """

    def __init__(
        self, query: str, passages: Sequence[str], *, max_length: int, room: int, window: int, model: Tokens
    ) -> None:
        self._model = model
        self._passages = passages
        self._ids = [first_tokens(passage, max_length, model) for passage in passages]
        lengths = sorted((min(len(ids), max_length) for ids in self._ids), reverse=True)
        query_ids = first_tokens(query, max_length, model)
        most = min(
            max(max_length - lengths[0], max_length // 2),
            max(room - sum(lengths[:window]), room // 2) // 2,
        )
        self._query_length = len(query_ids)
        self._query_kept = min(most, len(query_ids))
        self.query = query if self._query_kept == len(query_ids) else model.text(query_ids[:most])
        self.limit = even_limit(lengths[:window], room - 2 * self._query_kept, most=max_length - self._query_kept)

    def passage(self, number: int) -> str:
        """Return a passage as it fits."""
        ids = self._ids[number]
        return self._passages[number] if len(ids) <= self.limit else self._model.text(ids[: self.limit])

    def tighten(self, tokens: int, numbers: Sequence[int]) -> None:
        """Lower the limit so that the passages of a window lose ``tokens`` or more, or all that they have."""
        lengths = [min(len(self._ids[number]), self.limit) for number in numbers]
        room = sum(lengths) - tokens
        self.limit = even_limit(lengths, room, most=self.limit) if room > 0 else 0

    @property
    def kept(self) -> list[int]:
        """Tokens of the query and each passage together, as they fit."""
        return [self._query_kept + min(len(ids), self.limit) for ids in self._ids]

    @property
    def cut(self) -> list[int]:
        """Tokens of the query and each passage that did not fit."""
        return [self._query_length + len(ids) - kept for ids, kept in zip(self._ids, self.kept, strict=True)]


def even_limit(lengths: Sequence[int], room: int, most: int) -> int:
    """Return the highest limit, up to ``most``, such that texts of ``lengths`` cut to it take ``room`` at most."""
    for position, length in enumerate(sorted(lengths)):
        share = max(0, room) // (len(lengths) - position)
        if length > share:
            return min(most, share)
        room -= length
    return most


def first_tokens(text: str, most: int, model: Tokens) -> list[int]:
    """Return the tokens of ``text``: all of them, or of a text far too long for ``most``, more than ``most``."""
    tokens: list[int] = []
    for characters in CHARS_PER_TOKEN:
        head = head_of(text, characters * (most + TOKENS_PER_WORD))
        tokens = model.tokens(head)
        if len(head) == len(text) or len(tokens) > most:
            break
    return tokens
