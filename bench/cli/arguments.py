"""Types of the command line's arguments."""

from __future__ import annotations

import argparse

from bench.common.numbers import whole_number
from bench.experiment.schema import PARTS, Part


def at_least_one(text: str) -> int:
    """Return ``text`` as a whole number of at least 1.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    value = whole_number(text)
    if value is None or value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return value


def parts(text: str) -> tuple[Part, ...]:
    """Return ``text``, names with commas between, as parts of an experiment.

    Raises:
        argparse.ArgumentTypeError: It names something else.
    """
    names = [name.strip() for name in text.split(",")]
    chosen = tuple(part for part in PARTS if part in names)
    if unknown := [name for name in names if name not in PARTS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is no part of an experiment; its parts: {', '.join(PARTS)}")
    return chosen
