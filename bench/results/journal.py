"""What a cell has measured so far, kept line by line, so that a killed run loses at most one line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Journal:
    """An append-only file of JSON lines, of which the first names the cell's content hash.

    A file of another hash is started afresh; a last line that was torn by a kill is dropped.

    Args:
        path: The file; its folder must exist.
        key: Content hash of the cell.

    Attributes:
        entries: The lines found at opening, then every one appended.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self.entries: list[dict[str, Any]] = []
        header = _line({"key": key})
        content = path.read_bytes() if path.exists() else b""
        if content.startswith(header):
            whole = len(header)
            for line in content[whole:].splitlines(keepends=True):
                entry = _parse(line)
                if entry is None:
                    break
                self.entries.append(entry)
                whole += len(line)
            os.truncate(path, whole)
        else:
            staging = path.with_name(f".{path.name}.new")
            staging.write_bytes(header)
            staging.replace(path)
        self._file = path.open("ab")

    def append(self, entry: dict[str, Any]) -> None:
        """Add one line, and leave it to the system at once."""
        self._file.write(_line(entry))
        self._file.flush()
        self.entries.append(entry)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False).encode() + b"\n"


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and line.endswith(b"\n") else None
