"""Reads the order of the passages out of whatever a language model answered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# A longer number names no passage, and Python refuses to read one of thousands of digits.
_BRACKETED = re.compile(r"\[\s*(\d{1,9})\s*\]")
_BARE = re.compile(r"(?<!\d)\d{1,9}(?!\d)")


def read_named(answer: str, count: int) -> list[int]:
    """Return the positions that ``answer`` names, from 0 to ``count - 1``, each at most once.

    The answer asked for is ``[2] > [3] > [1]``. Whatever comes instead has a meaning:

    - a number in brackets counts; only where there is none, bare numbers do (so prose such as "the 20 passages" around
      a proper answer names nothing);
    - a number named again counts where it stood first;
    - a number that no passage has is ignored, like an identifier cut short at the end of the answer.

    Args:
        answer: What the model wrote.
        count: How many passages it was given, numbered from 1.
    """
    text = unicodedata.normalize("NFKC", answer)  # superscript, circled and full-width digits too
    numbers = [int(number) for number in _BRACKETED.findall(text) or _BARE.findall(text)]
    return list(dict.fromkeys(number - 1 for number in numbers if 1 <= number <= count))


def whole_order(named: Sequence[int], count: int) -> list[int]:
    """Return the positions 0 to ``count - 1``, each exactly once: ``named``, then the others in the order they had."""
    return [*named, *sorted(set(range(count)).difference(named))]
