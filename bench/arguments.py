"""Types of the command line's arguments."""

from __future__ import annotations

import argparse


def at_least_one(text: str) -> int:
    """Return ``text`` as a whole number of at least 1.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return value
