"""A model's name, or a directory, to a verified local directory.

The cache is laid out as FlashRank's always was, so an existing one works::

    cache_dir/
    ├── <name>/            a whole model: it appears by one rename, after every file in it was checked
    ├── .<name>.partial/   what an unfinished download has so far; touched by the lock's holder only
    └── .<name>.lock       held while a model is put in place; a model that is in place needs no lock

A model that comes with the package lies in the package, and nowhere else.

So processes may start together, be killed or run out of disk at any point: ``<name>/`` is whole or absent, or an
older incomplete one, which is noticed and replaced.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import platformdirs

from flashrank.archive import sha256, sync_directory, unpack
from flashrank.download import archive_url, explain, fetch_archive, hub_is_off
from flashrank.errors import InvalidModel, ModelUnavailable
from flashrank.models import ModelSpec, find_model, list_models

log = logging.getLogger("flashrank")

#: What a directory given by path must hold, beside one ONNX file.
REQUIRED_FILES = ("config.json", "tokenizer.json")

_BUNDLED = Path(__file__).with_name("bundled")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on disk, complete.

    Attributes:
        directory: Holds the tokenizer's files and the configuration.
        weights: The model itself.
        spec: The model's row, or None for a directory given by path.
    """

    directory: Path
    weights: Path
    spec: ModelSpec | None


def default_cache_dir() -> Path:
    """Return ``$FLASHRANK_CACHE_DIR``, or ``flashrank`` in the platform's cache directory for the user."""
    configured = os.environ.get("FLASHRANK_CACHE_DIR")
    return Path(configured).expanduser() if configured else platformdirs.user_cache_path("flashrank", appauthor=False)


def locate_model(name: str | Path, cache_dir: str | Path | None = None) -> ModelFiles | None:
    """Find a model on disk; nothing is downloaded and nothing written.

    Args:
        name: A known model's name, or a directory with ``config.json``, ``tokenizer.json`` and one ``.onnx`` file.
        cache_dir: Where known models are kept; ``default_cache_dir()`` if None.

    Returns:
        The model's files, or None if a known model is not, or not completely, in the cache.

    Raises:
        ModelUnavailable: ``name`` is neither a known model nor a directory.
        InvalidModel: The directory is not a model.
    """
    spec = find_model(str(name))
    return _given(name) if spec is None else _cached(spec, _cache(cache_dir))


def resolve_model(name: str | Path, cache_dir: str | Path | None = None, *, offline: bool = False) -> ModelFiles:
    """Find a model on disk, or download a known one into the cache.

    A download goes through ``huggingface_hub`` and obeys its environment: ``HF_ENDPOINT``, ``HF_TOKEN``,
    ``HF_HUB_OFFLINE``, its proxies and timeouts. If another process is at it already, this one waits.

    Args:
        name: As for ``locate_model``.
        cache_dir: As for ``locate_model``; created if need be. It may be read-only if it holds the model.
        offline: Never use the network.

    Raises:
        ModelUnavailable: ``name`` is unknown, or the model is not in the cache and cannot be put there.
        InvalidModel: The directory is not a model, or the published archive does not hold one, or a model that
            comes with the package is damaged.
    """
    spec = find_model(str(name))
    if spec is None:
        return _given(name)
    cache = _cache(cache_dir)
    if spec.bundled and (defect := _defect(_place(spec, cache), spec.members)):
        raise InvalidModel(f"{_place(spec, cache)}: {defect}; this model comes with flashrank: install it again")
    return _cached(spec, cache) or _install(spec, cache, offline=offline)


def _cache(cache_dir: str | Path | None) -> Path:
    return (default_cache_dir() if cache_dir is None else Path(cache_dir).expanduser()).absolute()


def _given(name: str | Path) -> ModelFiles:
    """Check a directory given by path."""
    directory = Path(name).expanduser().absolute()
    layout = f"a model directory holds {', '.join(REQUIRED_FILES)} and one .onnx file"
    if not str(name) or not directory.is_dir():
        known = ", ".join(spec.name for spec in list_models())
        raise ModelUnavailable(f"{str(name)!r} is neither a known model ({known}) nor a directory; {layout}")
    graphs = sorted(path.name for path in directory.glob("*.onnx"))
    published = {spec.file for spec in list_models()}
    candidates = graphs if len(graphs) == 1 else [graph for graph in graphs if graph in published]
    if len(candidates) != 1:
        raise InvalidModel(f"{directory} has {', '.join(graphs) or 'no .onnx file'}; {layout}")
    if defect := _defect(directory, (*REQUIRED_FILES, *candidates)):
        raise InvalidModel(f"{directory}: {defect}; {layout}")
    return ModelFiles(directory, directory / candidates[0], None)


def _place(spec: ModelSpec, cache: Path) -> Path:
    """Return the directory of a known model, there or not."""
    return (_BUNDLED if spec.bundled else cache) / spec.name


def _cached(spec: ModelSpec, cache: Path) -> ModelFiles | None:
    """Return a known model if all of it is in its place."""
    directory = _place(spec, cache)
    return None if _defect(directory, spec.members) else ModelFiles(directory, directory / spec.file, spec)


def _defect(directory: Path, files: Iterable[str]) -> str | None:
    """Return what keeps a directory from being a whole model, if anything does."""
    file = directory.name
    try:
        if not directory.is_dir():
            return "no such directory"
        for file in files:
            path = directory / file
            if not path.is_file():
                return f"{file} is missing"
            if path.stat().st_size == 0:
                return f"{file} is empty"
            if path.suffix == ".json":
                json.loads(path.read_bytes())
    except ValueError:
        return f"{file} is not valid JSON"
    except OSError as error:
        return f"{file} cannot be read ({error.strerror})"
    return None


def _install(spec: ModelSpec, cache: Path, *, offline: bool) -> ModelFiles:
    """Put a known model into the cache, or wait until another process has."""
    from filelock import FileLock, Timeout

    if offline or hub_is_off():
        raise _unavailable(spec, cache, "downloads are off (offline=True or HF_HUB_OFFLINE)")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = FileLock(cache / f".{spec.name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            log.info("waiting for another process to put %s into %s", spec.name, cache)
            lock.acquire()
        try:
            # While this process waited, another may have been at work.
            return _cached(spec, cache) or _download(spec, cache)
        finally:
            lock.release()
    except OSError as error:
        raise _unavailable(spec, cache, explain(error, spec)) from error


def _download(spec: ModelSpec, cache: Path) -> ModelFiles:
    """Download, check and unpack a model beside its place, then move it there; the lock is held."""
    directory, staging = cache / spec.name, cache / f".{spec.name}.partial"
    archive = staging / spec.archive
    staging.mkdir(exist_ok=True)
    if not archive.is_file() or sha256(archive) != spec.sha256:
        archive.unlink(missing_ok=True)
        _fetch(spec, cache, staging)
    with TemporaryDirectory(dir=staging) as room:
        fresh = Path(room) / "new"
        unpack(archive, spec, fresh)
        if defect := _defect(fresh, spec.members):
            raise InvalidModel(f"{archive.name} from {spec.repository}: {defect}")
        if os.path.lexists(directory):
            directory.rename(Path(room) / "old")
        fresh.rename(directory)
        sync_directory(cache)
    shutil.rmtree(staging, ignore_errors=True)
    return ModelFiles(directory, directory / spec.file, spec)


def _fetch(spec: ModelSpec, cache: Path, staging: Path) -> None:
    """Download a model's archive and compare its digest with the published one."""
    log.info("downloading %s (%.1f MB) to %s", spec.name, spec.archive_bytes / 1e6, cache)
    try:
        fetch_archive(spec, staging)
    except Exception as error:  # the client's releases differ in the HTTP library, so in the exceptions, they use
        raise _unavailable(spec, cache, explain(error, spec)) from error
    archive = staging / spec.archive
    if (actual := sha256(archive)) != spec.sha256:
        archive.unlink()
        reason = f"{spec.archive} from {spec.repository} has the sha256 {actual}, not {spec.sha256}: it was discarded"
        raise _unavailable(spec, cache, reason)


def _unavailable(spec: ModelSpec, cache: Path, reason: str) -> ModelUnavailable:
    """Say which model, where it was looked for, why it cannot be fetched, and how to put it there by hand."""
    missing = f"model {spec.name!r} is not in {cache} ({_defect(cache / spec.name, spec.members)})"
    by_hand = f"to add it by hand, unzip {archive_url(spec)} there"
    return ModelUnavailable(f"{missing} and {reason}; {by_hand}; `nano` is built in")
