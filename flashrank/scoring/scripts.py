"""The scripts that queries are written in."""

from __future__ import annotations

import unicodedata


def is_mostly_latin(text: str) -> bool:
    """Say whether at least half of the letters of ``text`` are Latin ones, accents included; true without letters."""
    letters = [unicodedata.name(character, "") for character in text if character.isalpha()]
    return 2 * sum(name.startswith("LATIN") for name in letters) >= len(letters)
