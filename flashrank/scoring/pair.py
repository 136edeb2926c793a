"""One query and one passage as token ids."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """One query and one passage, as a cross-encoder reads them.

    Attributes:
        ids: Token ids, special tokens included.
        type_ids: Segment of each token.
        cut: Tokens of query and passage that did not fit; a lower bound for texts of many thousand characters.
    """

    ids: list[int]
    type_ids: list[int]
    cut: int
