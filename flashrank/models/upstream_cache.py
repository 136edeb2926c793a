"""Models that FlashRank 0.2.10 left in its default cache: ``/tmp``, where every user of the machine may write.

Such a model is used only if it belongs to this user and no other user could have put it there or changed it. Only POSIX
tells, so elsewhere none is used.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Collection, Iterable
from pathlib import Path

from flashrank.models.layout import defect

log = logging.getLogger("flashrank")

UPSTREAM_CACHE = Path("/tmp")

#: Root's user id.
ROOT = 0
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def left_behind(name: str, members: Iterable[str]) -> Path | None:
    """Return the directory of a model that FlashRank left behind, if it is whole and nobody else could change it.

    Args:
        name: The model's name.
        members: What its directory must hold.
    """
    if os.name != "posix":
        return None
    place = UPSTREAM_CACHE / name
    if not os.path.lexists(place):
        return None
    directory = place.parent.resolve() / place.name
    try:
        danger = changeable(directory, {os.geteuid()})
    except OSError as error:
        danger = f"it cannot be looked at ({error.strerror})"
    if danger is not None:
        log.warning("%s, where FlashRank 0.2.10 would have left %s, is not used: %s", directory, name, danger)
        return None
    if defect(directory, members):
        return None
    log.info("%s: used from %s, where FlashRank 0.2.10 left it", name, directory)
    return directory


def changeable(directory: Path, owners: Collection[int]) -> str | None:
    """Return how a user other than this one and root could have changed a directory or what is in it, or None.

    Args:
        directory: An absolute path without symbolic links above its last part.
        owners: Ids of the users to whom it and what is in it may belong.

    Raises:
        OSError: Something of it is not there, or cannot be looked at.
    """
    for parent in directory.parents:
        status = parent.lstat()
        # Where the sticky bit is set, others add names of their own and cannot rename or remove this user's.
        if status.st_uid not in (ROOT, os.geteuid()) or (
            status.st_mode & _WRITABLE_BY_OTHERS and not status.st_mode & stat.S_ISVTX
        ):
            return f"others may replace what is in {parent}"
    if danger := _danger(directory, owners):
        return danger
    for folder, folders, files in os.walk(directory, onerror=_raise):
        for name in (*folders, *files):
            if danger := _danger(Path(folder, name), owners):
                return danger
    return None


def _danger(path: Path, owners: Collection[int]) -> str | None:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return f"{path} is a symbolic link"
    if not stat.S_ISDIR(status.st_mode) and not stat.S_ISREG(status.st_mode):
        return f"{path} is neither a file nor a directory"
    if status.st_uid not in owners:
        return f"{path} belongs to another user"
    if status.st_mode & _WRITABLE_BY_OTHERS:
        return f"others may write {path}: chmod go-w"
    return None


def _raise(error: OSError) -> None:
    raise error
