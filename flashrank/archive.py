"""A model's archive: is it the published one, and the files we want out of it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import zipfile
import zlib
from pathlib import Path

from flashrank.errors import InvalidModel
from flashrank.models import ModelSpec

#: Taken when an archive has it. Nothing here reads it, other users of the same cache do.
OPTIONAL_FILE = "vocab.txt"

#: An ONNX model is one protobuf message, and those end at 2 GiB.
MAX_UNPACKED_BYTES = 2**31

#: Weights hardly compress and JSON does so tenfold; deflate can go beyond a thousandfold.
MAX_EXPANSION = 100


def sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file, read as a stream."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack(archive: Path, spec: ModelSpec, directory: Path) -> None:
    """Write the model's files, and no others, from its archive to a new directory, and flush them to the disk.

    Where a file goes is never read from the archive, so no member can name a place outside ``directory``.

    Args:
        archive: A zip file with the members ``<model name>/<file>``.
        spec: The model: its ``members`` must all be there, ``vocab.txt`` may be, anything else is left alone.
        directory: Where the files go; must not exist yet.

    Raises:
        InvalidModel: The archive is damaged, lacks a file, has one twice or as a link, or would grow out of proportion.
        OSError: The files cannot be written.
    """
    wanted = {f"{spec.name}/{file}": file for file in (*spec.members, OPTIONAL_FILE)}
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = [info for info in zipped.infolist() if info.filename in wanted]
            _check(members, spec, archive)
            directory.mkdir()
            for info in members:
                with zipped.open(info) as source, (directory / wanted[info.filename]).open("xb") as target:
                    shutil.copyfileobj(source, target)
                    target.flush()
                    os.fsync(target.fileno())
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise InvalidModel(f"{archive.name} cannot be unpacked: {error}") from error
    sync_directory(directory)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory survive a power cut, where the platform and the file system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _check(members: list[zipfile.ZipInfo], spec: ModelSpec, archive: Path) -> None:
    """Refuse an archive before anything is written; zipfile itself holds a member to its size and checksum."""
    names = [info.filename for info in members]
    for name in (f"{spec.name}/{file}" for file in spec.members):
        if name not in names:
            raise InvalidModel(f"{archive.name} has no member {name}")
    for info in members:
        if names.count(info.filename) > 1:
            raise InvalidModel(f"{archive.name} has the member {info.filename} more than once")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise InvalidModel(f"{archive.name} has a symbolic link where {info.filename} should be a file")
    total = sum(info.file_size for info in members)
    limit = min(MAX_UNPACKED_BYTES, MAX_EXPANSION * archive.stat().st_size)
    if total > limit:
        raise InvalidModel(f"{archive.name} would unpack to {total:,} bytes, more than a plausible {limit:,}")
