"""What a cell has measured so far, kept line by line, so that a killed run loses at most one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.common.append_only import AppendOnlyFile


class Journal(AppendOnlyFile):
    """An append-only file of JSON lines, of which the first names the cell's content hash.

    A file of another hash is started afresh; a last line that was torn by a kill is dropped.

    Args:
        path: The file; its folder must exist.
        key: Content hash of the cell.

    Attributes:
        entries: The lines found at opening, then every one appended.
    """

    def __init__(self, path: Path, key: str) -> None:
        super().__init__(path)
        self.entries: list[dict[str, Any]] = []
        header, content = _line({"key": key}), self.content()
        if not content.startswith(header):
            self.keep(0)
            self.add(header)
            return
        whole = len(header)
        for line in content[whole:].splitlines(keepends=True):
            entry = _parse(line)
            if entry is None:
                break
            self.entries.append(entry)
            whole += len(line)
        self.keep(whole)

    def append(self, entry: dict[str, Any]) -> None:
        """Add one line, and leave it to the system at once."""
        self.add(_line(entry))
        self.entries.append(entry)


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False).encode() + b"\n"


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and line.endswith(b"\n") else None
