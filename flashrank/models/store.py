"""Finds a model by its name, its directory or its hub id, and downloads it where it is not on disk.

The cache is laid out as FlashRank's always was, so an existing one works::

    cache_dir/
    ├── <name>/            a whole model: it appears by one rename, after every file in it was checked
    ├── <org>--<name>/     a whole model of the hub; @<revision> and +<file> follow where the caller named them
    ├── .<name>.partial/   what an unfinished download has so far; touched by the lock's holder only
    └── .<name>.lock       held while a model is put in place; a model that is in place needs no lock

A model that comes with the package lies in the package, and nowhere else.

So processes may start together, be killed or run out of disk at any point: ``<name>/`` is whole or absent, or an
older incomplete one, which is noticed and replaced.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flashrank.errors import InvalidModel, InvalidRequest, ModelUnavailable, logged
from flashrank.models.added_models import added_model
from flashrank.models.layout import REQUIRED_FILES, defect, is_model_file, recorded_file
from flashrank.models.model_list import find_model, list_models
from flashrank.models.spec import ModelSpec
from flashrank.models.upstream_cache import left_behind

# What only a download needs is imported where one begins: a process that finds its model on disk starts sooner.
if TYPE_CHECKING:
    from flashrank.models.hub.repository import HubModel

_BUNDLED = Path(__file__).parents[1] / "bundled"

_LAYOUT = f"a model directory holds {', '.join(REQUIRED_FILES)} and one .onnx file"
_OFF = "downloads are off (offline=True or HF_HUB_OFFLINE)"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on disk, complete.

    Attributes:
        directory: Holds the tokenizer's files and the configuration.
        weights: The model itself: an ONNX file, or a listwise model's GGUF file.
        spec: The model's row; None for a directory given by path, a hub id and an entry of a program's own.
    """

    directory: Path
    weights: Path
    spec: ModelSpec | None


def default_cache_dir() -> Path:
    """Return ``$FLASHRANK_CACHE_DIR``, or ``flashrank`` in the platform's cache directory for the user."""
    if configured := os.environ.get("FLASHRANK_CACHE_DIR"):
        return Path(configured).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("flashrank", appauthor=False)


def locate_model(
    name: str | Path, cache_dir: str | Path | None = None, *, revision: str | None = None, file: str | None = None
) -> ModelFiles | None:
    """Find a model on disk; nothing is downloaded and nothing written.

    Args:
        name: A known model's name; or a directory with ``config.json``, ``tokenizer.json`` and an ``.onnx`` file, or
            with a listwise model's ``.gguf`` file; or, if there is no such directory, the id of a hub repository,
            ``org/name``. A ``Path`` is a directory.
        cache_dir: Where downloaded models are kept; if None ``default_cache_dir()``, and then where FlashRank 0.2.10
            left them, if nobody else could have changed them there.
        revision: Branch, tag or commit of a hub repository.
        file: The weights among several, in a hub repository or a directory: a path in it, or a bare name.

    Returns:
        The model's files, or None if a known model or one of the hub is not, or not completely, in the cache.

    Raises:
        ModelUnavailable: ``name`` is neither a known model nor a directory nor a hub id.
        InvalidModel: The directory is not a model.
        InvalidRequest: ``revision`` or ``file`` does not go with ``name``, or ``file`` is not in the directory.
    """
    model, cache = _understand(name, revision, file), _cache(cache_dir)
    if isinstance(model, Path):
        return _given(model, file)
    return _cached(model, cache, cache_dir) if isinstance(model, ModelSpec) else _from_hub(model, cache)


def resolve_model(
    name: str | Path,
    cache_dir: str | Path | None = None,
    *,
    offline: bool = False,
    revision: str | None = None,
    file: str | None = None,
) -> ModelFiles:
    """Find a model on disk, or download a known one, or one of the hub, into the cache.

    A download goes through ``huggingface_hub`` and obeys its environment: ``HF_ENDPOINT``, ``HF_TOKEN``,
    ``HF_HUB_OFFLINE``, its proxies and timeouts. If another process is at it already, this one waits.

    Args:
        name: As for ``locate_model``.
        cache_dir: As for ``locate_model``; created if need be. It may be read-only if it holds the model.
        offline: Never use the network.
        revision: As for ``locate_model``. It is looked up once: what was downloaded is used from then on.
        file: As for ``locate_model``. By default the ONNX file for this CPU.

    Raises:
        ModelUnavailable: ``name`` is unknown, or the model is not in the cache and cannot be put there.
        InvalidModel: The directory is not a model, or what the hub has does not hold one, or a model that comes with
            the package is damaged.
        InvalidRequest: As for ``locate_model``, or ``file`` is not in the hub repository.
    """
    model, cache = _understand(name, revision, file), _cache(cache_dir)
    if isinstance(model, Path):
        return _given(model, file)
    if not isinstance(model, ModelSpec):
        return _from_hub(model, cache) or _install_from_hub(model, cache, offline=offline)
    if model.bundled and (fault := defect(_place(model, cache), model.members)):
        raise InvalidModel(f"{_place(model, cache)}: {fault}; this model comes with flashrank: install it again")
    return _cached(model, cache, cache_dir) or _install(model, cache, offline=offline)


def _cache(cache_dir: str | Path | None) -> Path:
    return (default_cache_dir() if cache_dir is None else Path(cache_dir).expanduser()).absolute()


def _understand(name: str | Path, revision: str | None, file: str | None) -> ModelSpec | Path | HubModel:
    """Return the row, the directory or the hub model that a name means."""
    spec = added_model(str(name)) or find_model(str(name))
    directory = Path(name).expanduser().absolute()
    is_directory = bool(str(name)) and directory.is_dir()
    if spec is None and not is_directory:
        from flashrank.models.hub import repository as hub

        if isinstance(name, str) and hub.is_hub_id(name):
            return hub.HubModel(name, revision, file)
        known = ", ".join(row.name for row in list_models())
        raise ModelUnavailable(
            f"{str(name)!r} is neither a known model ({known}) nor a directory nor a hub id (org/name); {_LAYOUT}"
        )
    if revision is not None or (spec is not None and file is not None):
        what = "revision is for a hub id (org/name)" if revision is not None else "file is for a hub id or a directory"
        kind = "a directory" if spec is None else "a known model, whose files are pinned"
        raise InvalidRequest(f"{what}, and {str(name)!r} is {kind}: leave it out")
    return directory if spec is None else spec


def _given(directory: Path, file: str | None) -> ModelFiles:
    """Check a directory that the user put there."""
    if file is None:
        chosen = recorded_file(directory)
    else:
        chosen = file if is_model_file(file) and (directory / file).is_file() else None
    if chosen is None:
        found = [path for pattern in ("*.onnx", "onnx/*.onnx") for path in directory.glob(pattern)]
        if not (found := found or list(directory.glob("*.gguf"))):
            raise InvalidModel(f"{directory} has no .onnx file; {_LAYOUT}")
        from flashrank.models.variants import choose

        # A published name says which model it is; one that exporters give to every model says nothing.
        published = {row.file for row in list_models() if not row.export}
        files = [path.relative_to(directory).as_posix() for path in found]
        chosen = choose(files, str(directory), file=file, published=published)
    if fault := defect(directory, (chosen,) if chosen.endswith(".gguf") else (*REQUIRED_FILES, chosen)):
        raise InvalidModel(f"{directory}: {fault}; {_LAYOUT}")
    return ModelFiles(directory, directory / chosen, None)


def _place(spec: ModelSpec, cache: Path) -> Path:
    """Return the directory of a known model, there or not."""
    return (_BUNDLED if spec.bundled else cache) / spec.name


def _cached(spec: ModelSpec, cache: Path, cache_dir: str | Path | None) -> ModelFiles | None:
    """Return a known model if all of it is in the cache, or, by default, where FlashRank 0.2.10 left it."""
    directory, members = _place(spec, cache), _members(spec)
    if not defect(directory, members):
        return _files(spec, directory)
    left = left_behind(spec.name, members) if cache_dir is None and not spec.bundled else None
    return None if left is None else _files(spec, left)


def _files(spec: ModelSpec, directory: Path) -> ModelFiles:
    return ModelFiles(directory, directory / spec.file, None if _is_added(spec) else spec)


def _is_added(spec: ModelSpec) -> bool:
    return spec != find_model(spec.name)


def _members(spec: ModelSpec) -> tuple[str, ...]:
    """Return what a known model's directory must hold: less where users make the directory themselves."""
    is_made_by_users = spec.kind == "cross-encoder" and (spec.export or _is_added(spec))
    return (spec.file, *REQUIRED_FILES) if is_made_by_users else spec.members


def _from_hub(model: HubModel, cache: Path) -> ModelFiles | None:
    """Return a model of the hub if all of it is in the cache."""
    from flashrank.models.hub import repository as hub

    directory = cache / model.folder
    weights = hub.installed_weights(directory)
    return ModelFiles(directory, weights, None) if weights is not None else None


def _install_from_hub(model: HubModel, cache: Path, *, offline: bool) -> ModelFiles:
    """Put a model of the hub into the cache, or wait until another process has."""
    from flashrank.models.hub import client
    from flashrank.models.hub import repository as hub
    from flashrank.models.install import install

    directory = cache / model.folder
    if offline or client.hub_is_off():
        raise hub.unavailable(model, cache, _OFF)
    try:
        install(directory, lambda: hub.installed_defect(directory) is None, partial(hub.fetch, model))
    except OSError as error:
        raise logged(hub.unavailable(model, cache, client.explain(error, model.repository)), error) from None
    return ModelFiles(directory, directory / str(recorded_file(directory)), None)


def _install(spec: ModelSpec, cache: Path, *, offline: bool) -> ModelFiles:
    """Put a known model into the cache, or wait until another process has."""
    if not spec.hosted:
        fault = defect(cache / spec.name, _members(spec))
        raise ModelUnavailable(
            f"model {spec.name!r} is not in {cache} ({fault}) and no archive of it is published; "
            f"to make it, run there: {spec.export}"
        )
    from flashrank.models.hub import archive, client
    from flashrank.models.install import install

    directory = cache / spec.name
    if _is_added(spec) and directory.is_dir():
        fault = defect(directory, _members(spec))
        raise InvalidModel(f"{directory}: {fault}; flashrank.Config.model_file_map says its model is {spec.file}")
    if offline or client.hub_is_off():
        raise archive.unavailable(spec, cache, _OFF)
    try:
        install(directory, lambda: defect(directory, spec.members) is None, partial(archive.fetch, spec))
    except OSError as error:
        raise logged(archive.unavailable(spec, cache, archive.explained(error, spec)), error) from None
    return _files(spec, directory)
