"""What a cell has measured so far, kept line by line, so that a killed run loses at most one line."""

from __future__ import annotations

import json
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
        header = {"key": key}
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        parsed = [_parse(line) for line in lines]
        if parsed and parsed[0] == header:
            for entry in parsed[1:]:
                if entry is None:
                    break
                self.entries.append(entry)
        with path.open("wb") as file:
            file.writelines(_line(entry) for entry in (header, *self.entries))
        self._file = path.open("ab", buffering=0)

    def append(self, entry: dict[str, Any]) -> None:
        """Add one line, in a single write."""
        self._file.write(_line(entry))
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
    return entry if isinstance(entry, dict) else None
