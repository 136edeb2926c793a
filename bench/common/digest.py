"""Content hashes, by which two measurements are known to be the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def digest_of(value: Any) -> str:
    """Return the sha256 of a JSON value. The order of a mapping's keys counts."""
    encoder = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))
    digest = hashlib.sha256()
    for chunk in encoder.iterencode(value):
        digest.update(chunk.encode())
    return digest.hexdigest()


def digest_files(files: Iterable[Path]) -> str:
    """Return the sha256 of the names and bytes of ``files``."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256")
        digest.update(f"{path.name} {content.hexdigest()}\n".encode())
    return digest.hexdigest()
