"""Puts a model into the cache: one process at a time, and in one step, so that a directory there is always whole."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from flashrank.models.files import sync_directory

log = logging.getLogger("flashrank")


def install(directory: Path, is_whole: Callable[[], bool], fetch: Callable[[Path, Path], None]) -> None:
    """Put a directory into the cache, or wait until another process has.

    Args:
        directory: Where it goes. What is there already is replaced, if ``is_whole`` says that it is not whole.
        is_whole: Whether ``directory`` is as it should be.
        fetch: Makes the directory. It is called with a folder, whose content the next attempt finds after a failure,
            and with the path of the directory to make. When it returns, the directory is checked and flushed to disk.

    Raises:
        OSError: The cache cannot be written. Whatever ``fetch`` raises is passed on.
    """
    from filelock import FileLock, Timeout

    cache, name = directory.parent, directory.name
    cache.mkdir(parents=True, exist_ok=True)
    lock = FileLock(cache / f".{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.info("waiting for another process to put %s into %s", name, cache)
        lock.acquire()
    try:
        # While this process waited, another may have been at work.
        if not is_whole():
            _replace(directory, cache / f".{name}.partial", fetch)
    finally:
        lock.release()


def _replace(directory: Path, staging: Path, fetch: Callable[[Path, Path], None]) -> None:
    """Make a directory beside its place, then move it there; the lock is held."""
    room = staging / "room"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    try:
        fresh = room / "new"
        fetch(staging, fresh)
        if os.path.lexists(directory):
            directory.rename(room / "old")
        fresh.rename(directory)
        sync_directory(directory.parent)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    shutil.rmtree(staging, ignore_errors=True)
