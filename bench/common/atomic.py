"""Files and folders that appear whole or not at all, whatever ends the process that writes them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

#: How the names of files and folders begin that are being written.
_PARTIAL = re.compile(r"\.[0-9a-f]{8}\.")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield where to write a file, and give it the name ``path`` when the block has ended without an error.

    Until then ``path`` stays as it was. Its folder is made, and a file of that name is replaced.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _beside(path)
    try:
        yield partial
        _flush(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder to fill, and give it the name ``path`` when the block has ended without an error.

    Until then ``path`` stays as it was. Its parent is made, and a folder of that name is replaced.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _beside(path)
    partial.mkdir()
    try:
        yield partial
        move_folder(partial, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def move_folder(source: Path, path: Path) -> None:
    """Give a finished folder the name ``path`` on the same disk, in place of a folder of that name."""
    for file in source.rglob("*"):
        if file.is_file():
            _flush(file)
    if not path.exists():
        source.rename(path)
        return
    # No system replaces a folder that is not empty in one step.
    outdated = _beside(path)
    path.rename(outdated)
    try:
        source.rename(path)
    except OSError:
        outdated.rename(path)
        raise
    shutil.rmtree(outdated, ignore_errors=True)


def clear_partial(folder: Path) -> None:
    """Delete what killed processes left half written in a folder, or below it; nobody may be writing there."""
    for path in list(folder.rglob(".*")):
        if _PARTIAL.match(path.name):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _beside(path: Path) -> Path:
    """Return a new hidden name in the same folder; its ending is that of ``path``, by which numpy goes."""
    return path.with_name(f".{uuid4().hex[:8]}.{path.name}")


def _flush(file: Path) -> None:
    """Have the content on disk before the name: after a power cut, a whole name would else stand over no content."""
    with file.open("r+b") as opened:
        os.fsync(opened.fileno())
