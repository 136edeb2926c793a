"""Choices that the hash of a text makes: the same for the same text, in every run and on every machine."""

from __future__ import annotations

import hashlib

import numpy as np

_HELD_BACK_PERCENT = 2


def text_hash(text: str) -> bytes:
    """Return bytes drawn for a text: the same for the same text, on every machine."""
    return hashlib.sha256(text.encode()).digest()


def generator_for(text: str) -> np.random.Generator:
    """Return a generator of random numbers drawn for a text."""
    return np.random.default_rng(int.from_bytes(text_hash(text)[:8], "big"))


def normalised(query: str) -> str:
    """Return a query as it is compared with others: without case and spacing."""
    return " ".join(query.lower().split())


def is_held_back(query: str) -> bool:
    """Say whether a query is for choosing between models, never for training; the same text is always the same."""
    text = " ".join(query.lower().split())
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % 100 < _HELD_BACK_PERCENT
