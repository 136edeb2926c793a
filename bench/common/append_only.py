"""A file that only grows, record by record, so that a killed process loses one record at the most."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self


class AppendOnlyFile:
    """A binary file to which records are added; it is made if it is not there.

    Args:
        path: The file; its folder must exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a+b")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def content(self) -> bytes:
        """Return all that is in the file."""
        self._file.seek(0)
        return self._file.read()

    def keep(self, length: int) -> None:
        """Cut off what follows the first ``length`` bytes, such as a record that a kill has torn."""
        self._file.truncate(length)

    def add(self, record: bytes) -> None:
        """Add a record, and leave it to the system at once."""
        self._file.write(record)
        self._file.flush()

    def fileno(self) -> int:
        """Return the descriptor, by which a file is locked."""
        return self._file.fileno()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
