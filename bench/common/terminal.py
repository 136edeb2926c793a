"""Output to terminals and pipes that cannot show every character."""

from __future__ import annotations

import io
import sys


def escape_unencodable() -> None:
    r"""Let standard output and errors write what their encoding does not have as ``\xe9`` or ``\u2013``.

    Names of datasets, queries and files may hold any character; none of them may end a command in the middle of its
    work. Streams of other kinds, such as those a test puts in their place, are left alone.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
