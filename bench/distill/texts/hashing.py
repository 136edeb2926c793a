"""Random choices made by the hash of a text, so that they are the same in every run and on every machine."""

from __future__ import annotations

import hashlib

import numpy as np

_HELD_BACK_PERCENT = 2


def text_hash(text: str) -> bytes:
    """Return the sha256 of a text."""
    return hashlib.sha256(text.encode()).digest()


def generator_for(text: str) -> np.random.Generator:
    """Return a random generator seeded by a text."""
    return np.random.default_rng(int.from_bytes(text_hash(text)[:8], "big"))


def normalised(query: str) -> str:
    """Return a query in lower case and with single spaces, for comparison with others."""
    return " ".join(query.lower().split())


def is_held_back(query: str) -> bool:
    """Say whether a query is held back: it chooses between students, and is never trained on."""
    text = " ".join(query.lower().split())
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % 100 < _HELD_BACK_PERCENT
