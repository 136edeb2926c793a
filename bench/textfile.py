"""Lines of text files that people wrote, each with the place to name when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bench.errors import BenchError

# TREC run files separate columns by ASCII whitespace only: ids of real collections hold other spaces.
_FIELD = re.compile(r"\S+", re.ASCII)


def numbered_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield ``("FILE:LINE", text)`` of every line that is not blank, its line end kept.

    Raises:
        BenchError: The file cannot be read, or a line is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                place = f"{path}:{number}"
                try:
                    text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    raise BenchError(f"{place}: not UTF-8 text (byte {error.start + 1} of the line)") from error
                if not text.isspace():
                    yield place, text
    except OSError as error:
        raise BenchError(f"{path}: cannot be read: {error.strerror}") from error


def fields(line: str) -> list[str]:
    """Split a line of a TREC file into its columns."""
    return _FIELD.findall(line)


def is_field(text: str) -> bool:
    """Tell whether ``text`` can be one column of a TREC file: not empty, and without ASCII whitespace."""
    return _FIELD.fullmatch(text) is not None
