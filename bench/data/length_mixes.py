"""Mixes of lengths that stand for kinds of collections, where a request is to be of a kind but of no collection.

Lengths are log-normal, which is close to how real ones are spread: the logarithm of the tokens of a passage has a
standard deviation of .34 in the judged passages of TREC DL19 (mean 87 tokens) and of .38 in SciFact (mean 343).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bench.common.errors import BenchError


@dataclass(frozen=True, slots=True)
class LengthMix:
    """How long the pairs of a request are.

    Attributes:
        name: What an experiment calls it.
        tokens: Mean tokens of a pair of query and passage, special tokens included, before any is cut.
        spread: Standard deviation of the natural logarithm of the tokens.
    """

    name: str
    tokens: int
    spread: float

    def draw(self, count: int, seed: int) -> tuple[int, ...]:
        """Return the tokens of ``count`` pairs; the same seed gives the same, and more pairs begin with them."""
        location = math.log(self.tokens) - self.spread**2 / 2
        drawn = np.random.default_rng(seed).lognormal(location, self.spread, count)
        return tuple(round(tokens) for tokens in drawn.tolist())


#: The mixes, shortest first.
MIXES = (
    LengthMix("short", 40, 0.3),
    LengthMix("MS MARCO-like", 100, 0.35),
    LengthMix("SciFact-like", 350, 0.38),
)


def known_mix(name: str) -> str:
    """Return ``name`` where a mix has it, as pydantic wants a check to be.

    Raises:
        ValueError: There is none.
    """
    try:
        return find_mix(name).name
    except BenchError as error:
        raise ValueError(str(error)) from error


def find_mix(name: str) -> LengthMix:
    """Return the mix of this name.

    Raises:
        BenchError: There is none.
    """
    for mix in MIXES:
        if mix.name == name:
            return mix
    raise BenchError(f"no length mix {name!r}; there are: {', '.join(mix.name for mix in MIXES)}")
