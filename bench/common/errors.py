"""The one error that the command line turns into one line and an exit code."""

from __future__ import annotations


class BenchError(Exception):
    """A user's mistake or a missing input: the message says what, where, and what to do next."""
