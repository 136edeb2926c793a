"""The one error that the command line turns into one line and an exit code, and other errors as a line."""

from __future__ import annotations


class BenchError(Exception):
    """A user's mistake or a missing input: the message says what, where, and what to do next."""


def one_line(error: BaseException) -> str:
    """Return an error's class and message in one line, such as ``KeyError: 'text'``."""
    return " ".join(f"{type(error).__name__}: {error}".split())
