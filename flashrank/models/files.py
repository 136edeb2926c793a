"""Files: their JSON, their digests, and that what is written survives a power cut."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from flashrank.errors import InvalidModel, logged


def sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file, read as a stream."""
    import hashlib  # loads OpenSSL

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_file(path: Path) -> None:
    """Make a file's content survive a power cut."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_directory(directory: Path) -> None:
    """Make the names in a directory survive a power cut, where the platform and the file system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, also where another process writes it at the same time.

    Whatever the umask, only its owner may write it then.

    Raises:
        OSError: It cannot be written.
    """
    fresh = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    try:
        with open(fresh, "xb", opener=lambda name, flags: os.open(name, flags, 0o644)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in ``path``, or an empty one where there is no such file.

    Raises:
        InvalidModel: It holds something else.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:  # the last one for thousands of brackets
        raise logged(InvalidModel(f"{path}: cannot be read as JSON: {error}"), error) from None
    if not isinstance(value, dict):
        raise InvalidModel(f"{path}: expected a JSON object")
    return value
