"""Counts and their nouns, for sentences."""

from __future__ import annotations

import re

_FOLDERS = re.compile(r"(?<![\w.:/\\])(?:[A-Za-z]:)?[/\\](?:[^\s/\\:'\"]+[/\\])+")


def without_folders(text: str) -> str:
    """Return ``text`` with every absolute path cut to its last part; the folders say nothing on another machine."""
    return _FOLDERS.sub("", text)


def count_of(number: int, noun: str) -> str:
    """Return a count with its noun, such as ``1 query`` or ``1,050 queries``."""
    return f"{number:,} {noun_of(number, noun)}"


def noun_of(number: int, noun: str) -> str:
    """Return a noun as it stands after a count, such as ``query`` or ``queries``."""
    if number == 1:
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
