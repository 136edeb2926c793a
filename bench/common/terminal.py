"""Lines for people, in terminals and pipes that may not be able to show every character."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def escape_unencodable() -> None:
    r"""Let standard output and errors write what their encoding does not have as ``\xe9`` or ``\u2013``.

    Names of datasets, queries and files may hold any character; none of them may end a command in the middle of its
    work. Streams of other kinds, such as those a test puts in their place, are left alone.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(console: Console, line: str) -> None:
    """Print a line as it is: names in it are no markup, numbers have no colour, and a path can be copied whole."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)
