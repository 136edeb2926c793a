"""Numbers and names as a reader sees them, in tables and charts alike."""

from __future__ import annotations

import re

#: Stands for what was not measured.
NOTHING = "\N{EN DASH}"


def score(value: float) -> str:
    """Return a measure's value with three decimals, as the literature prints them."""
    return f"{value:.3f}"


def milliseconds(value: float) -> str:
    """Return milliseconds with three significant digits, and none after the point from a hundred on."""
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def thousands(value: float) -> str:
    """Return a count with thousands separated."""
    return f"{value:,.0f}"


def rate(value: float) -> str:
    """Return a rate per second: whole, or with one decimal below ten."""
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}"


def count_of(number: int, noun: str) -> str:
    """Return a count with its noun, such as ``1 query`` or ``50 queries``."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def slug(text: str) -> str:
    """Return ``text`` in lower case letters, digits and hyphens, fit for a file name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
