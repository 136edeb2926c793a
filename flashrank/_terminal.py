"""Output to terminals and pipes that cannot show every character."""

from __future__ import annotations

import io
import sys


def escape_unencodable() -> None:
    r"""Let standard output and errors write what their encoding does not have as ``\xe9`` or ``\u2013``.

    A terminal in Japanese, an ISO-8859-1 locale, or a name of a file that is not UTF-8 must not end a command in the
    middle of its work. Streams that a caller has put in their place are left alone where they cannot be told.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
