"""Text files, plain or gzipped, read line by line. Each line comes with its place, for error messages."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from bench.common.errors import BenchError

# TREC run files separate columns by ASCII whitespace only: ids of real collections hold other spaces.
_FIELD = re.compile(r"\S+", re.ASCII)
# trec_eval ends a name at NUL, and one half of a surrogate pair cannot be written.
_NAME = re.compile(r"[^\s\0\ud800-\udfff]+", re.ASCII)

_GZIP = b"\x1f\x8b"
# How files begin that hold text, but not as text. A query id may begin with letters of these, so all bytes count.
_FOREIGN = {
    "bzip2": re.compile(rb"BZh[1-9]1AY&SY"),
    "xz": re.compile(rb"\xfd7zXZ\x00"),
    "Zstandard": re.compile(rb"\x28\xb5\x2f\xfd"),
    "LZ4": re.compile(rb"\x04\x22\x4d\x18"),
    "compress (.Z)": re.compile(rb"\x1f\x9d"),
    "zip": re.compile(rb"PK\x03\x04"),
    "7-Zip": re.compile(rb"7z\xbc\xaf\x27\x1c"),
    "Parquet": re.compile(rb"PAR1\x15"),
    "tar": re.compile(rb".{257}ustar", re.DOTALL),
    "twice gzipped": re.compile(_GZIP),
}
_HEAD = 262


def numbered_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield ``("FILE:LINE", text)`` of every line that is not blank, its line end kept.

    Raises:
        BenchError: The file cannot be read, is neither plain text nor gzipped text, is a damaged gzip file, or a line
            is not UTF-8.
    """
    with _opened(path) as file:
        for number, line in enumerate(file, start=1):
            place = f"{path}:{number}"
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise BenchError(f"{place}: not UTF-8 text (byte {error.start + 1} of the line)") from error
            if not text.isspace():
                yield place, text


def check_readable(path: Path) -> None:
    """Look at the beginning of a file only.

    Raises:
        BenchError: It cannot be read, or is neither plain text nor gzipped text.
    """
    with _opened(path):
        pass


def fields(line: str) -> list[str]:
    """Split a line of a TREC file into its columns."""
    return _FIELD.findall(line)


def is_field(text: str) -> bool:
    """Tell whether ``text`` can be one column of a TREC file: Unicode, not empty, no ASCII whitespace and no NUL."""
    return _NAME.fullmatch(text) is not None


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file that is gzipped or not, whatever its name says."""
    try:
        with path.open("rb") as raw:
            file = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if _head(raw).startswith(_GZIP) else raw
            head = _head(file)
            if foreign := [name for name, beginning in _FOREIGN.items() if beginning.match(head)]:
                raise BenchError(f"{path}: a {foreign[0]} file; unpack it: text is read plain or gzipped once")
            yield file
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BenchError(f"{path}: damaged gzip file ({error}); fetch or compress it again") from error
    except OSError as error:
        raise BenchError(f"{path}: cannot be read: {error.strerror}") from error


def _head(file: BinaryIO) -> bytes:
    """Return the first bytes of a file and go back to its beginning."""
    head = file.read(_HEAD)
    file.seek(0)
    return head
