"""Words for numbers, in every sentence that a person reads."""

from __future__ import annotations


def count_of(number: int, noun: str) -> str:
    """Return a count with its noun, such as ``1 query`` or ``50 queries``."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"
