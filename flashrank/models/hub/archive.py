"""A model's archive: downloaded from the hub, checked against the published digest, and unpacked."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import zipfile
import zlib
from pathlib import Path

from flashrank.errors import InvalidModel, ModelUnavailable, logged
from flashrank.models.files import sha256, sync_directory
from flashrank.models.hub.client import archive_url, explain, fetch_archive, stated_sha256
from flashrank.models.layout import defect
from flashrank.models.spec import ModelSpec

log = logging.getLogger("flashrank")

#: Taken when an archive has it. Nothing here reads it, other users of the same cache do.
OPTIONAL_FILE = "vocab.txt"

#: An ONNX model is one protobuf message, and those end at 2 GiB. A listwise model of 7 billion weights takes 4.
MAX_UNPACKED_BYTES = {"cross-encoder": 2**31, "listwise": 2**33}

#: Weights hardly compress and JSON does so tenfold; deflate can go beyond a thousandfold.
MAX_EXPANSION = 100


def fetch(spec: ModelSpec, staging: Path, fresh: Path) -> None:
    """Download a model's archive, compare its digest with the published one, and unpack it.

    Args:
        spec: The model. If its row has no digest, the one that the hub states for the pinned commit counts.
        staging: Where the archive is kept until it is unpacked.
        fresh: The directory to make.

    Raises:
        ModelUnavailable: The archive cannot be had, or is not the published one.
        InvalidModel: There is no whole model in it.
        OSError: The files cannot be written.
    """
    cache, archive = staging.parent, staging / spec.archive
    try:
        digest = spec.sha256 or stated_sha256(spec)
        if digest is None:
            reason = f"{spec.archive} has no sha256, neither here nor on the hub: it was not downloaded"
            raise unavailable(spec, cache, reason)
        if not archive.is_file() or sha256(archive) != digest:
            archive.unlink(missing_ok=True)
            size = f" ({spec.archive_bytes / 1e6:.1f} MB)" if spec.archive_bytes else ""
            log.info("downloading %s%s to %s", spec.name, size, cache)
            fetch_archive(spec, staging)
    except ModelUnavailable:
        raise
    except Exception as error:  # the client's releases differ in the HTTP library, so in the exceptions, they use
        raise logged(unavailable(spec, cache, explained(error, spec)), error) from None
    if (actual := sha256(archive)) != digest:
        archive.unlink()
        reason = f"{spec.archive} from {spec.repository} has the sha256 {actual}, not {digest}: it was discarded"
        raise unavailable(spec, cache, reason)
    unpack(archive, spec, fresh)
    if fault := defect(fresh, spec.members):
        raise InvalidModel(f"{archive.name} from {spec.repository}: {fault}")


def explained(error: BaseException, spec: ModelSpec) -> str:
    """Return one line on why a model's archive could not be downloaded or unpacked."""
    return explain(error, spec.repository, what="its archive", size=spec.archive_bytes)


def unavailable(spec: ModelSpec, cache: Path, reason: str) -> ModelUnavailable:
    """Say which model, where it was looked for, why it cannot be fetched, and how to put it there by hand."""
    missing = f"model {spec.name!r} is not in {cache} ({defect(cache / spec.name, spec.members)})"
    by_hand = f"to add it by hand, unzip {archive_url(spec)} there"
    return ModelUnavailable(f"{missing} and {reason}; {by_hand}; `nano` is built in")


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
        raise logged(InvalidModel(f"{archive.name} cannot be unpacked: {error}"), error) from None
    sync_directory(directory)


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
    limit = min(MAX_UNPACKED_BYTES[spec.kind], MAX_EXPANSION * archive.stat().st_size)
    if total > limit:
        raise InvalidModel(f"{archive.name} would unpack to {total:,} bytes, more than a plausible {limit:,}")
