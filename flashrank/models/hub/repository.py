"""A hub repository with ONNX files: downloaded into a model's directory.

Its files are listed once, at the commit that the revision names at that moment. The files that the model needs are
fetched at that commit, which is recorded beside them. Pickles are never fetched: reading one runs its author's code.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from flashrank.errors import FlashRankError, InvalidModel, ModelUnavailable, logged
from flashrank.models.external_data import external_data, stays_inside
from flashrank.models.files import read_json, sha256, sync_directory, sync_file
from flashrank.models.hub.client import Listing, explain, fetch_file, list_files
from flashrank.models.layout import REQUIRED_FILES, defect, recorded_file
from flashrank.models.recipe import FORMAT, RECIPE_FILE, read_recipe
from flashrank.models.spec import TOKENIZER_FILES
from flashrank.models.variants import choose

log = logging.getLogger("flashrank")

# The client's own rules for an id, with the organisation that it leaves optional.
_ID = re.compile(r"(?!.*(--|\.\.))(?!.*\.git$)\w[\w.-]{0,95}(?<=\w)/\w[\w.-]{0,95}(?<=\w)", re.ASCII)

#: Formats in which a file can hold code that reading it runs.
PICKLES = (".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth")


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model of the hub, as the caller named it.

    Attributes:
        repository: The repository's id, ``org/name``.
        revision: A branch, tag or commit; the default branch if None.
        file: The ONNX file's path in the repository, or its bare name; the one for this CPU if None.
    """

    repository: str
    revision: str | None = None
    file: str | None = None

    @property
    def folder(self) -> str:
        """Its directory in the cache: an id has neither ``--`` nor ``@`` nor ``+`` in it, so no two models share it."""
        revision = f"@{quote(self.revision, safe='')}" if self.revision is not None else ""
        file = f"+{quote(self.file, safe='')}" if self.file is not None else ""
        return self.repository.replace("/", "--") + revision + file


def is_hub_id(name: str) -> bool:
    """Return whether a name has the form of a repository's id, ``org/name``."""
    return _ID.fullmatch(name) is not None


def installed_weights(directory: Path) -> Path | None:
    """Return the ONNX file of a model that ``fetch`` made, or None if it is not, or not completely, there."""
    return None if installed_defect(directory) else directory / str(recorded_file(directory))


def installed_defect(directory: Path) -> str | None:
    """Return what keeps a directory from being a whole model that ``fetch`` made, if anything does."""
    if fault := defect(directory, (RECIPE_FILE, *REQUIRED_FILES)):
        return fault
    try:
        file = recorded_file(directory)
    except InvalidModel as error:
        return str(error)
    return defect(directory, (file,)) if file is not None else f"{RECIPE_FILE} does not name the file"


def fetch(model: HubModel, staging: Path, fresh: Path) -> None:
    """Download a model into a new directory, and check it.

    Args:
        model: The model.
        staging: Where the client keeps what it has so far.
        fresh: The directory to make, with the files at their paths in the repository, and the record.

    Raises:
        ModelUnavailable: The hub does not give it, or the disk does not take it.
        InvalidModel: The repository holds no model that can be used.
        InvalidRequest: ``model.file`` is not in the repository.
    """
    folder, size = staging / "files", 0
    try:
        listing = list_files(model.repository, model.revision)
        where = f"{model.repository} at {listing.commit[:12]}"
        record = _record(model, listing, folder, where)
        weights = _weights(model, listing, record, where)
        files = [file for file in (*TOKENIZER_FILES, weights) if file in listing.files]
        size = sum(listing.files[file].size for file in files)
        log.info("downloading %s (%s, %.1f MB) to %s", where, weights, size / 1e6, staging.parent)
        for file in files:
            _get(model, listing, file, folder)
        for file in _data_of(folder, weights, listing, where):
            size += listing.files[file].size
            log.info("downloading %s, %.1f MB of external data", file, listing.files[file].size / 1e6)
            _get(model, listing, file, folder)
            files.append(file)
        _assemble(folder, files, fresh)
        origin = {"source": model.repository, "revision": listing.commit, "file": weights}
        (fresh / RECIPE_FILE).write_text(json.dumps({"format": FORMAT, **record, **origin}, indent=2) + "\n", "utf-8")
        sync_file(fresh / RECIPE_FILE)
        sync_directory(fresh)
    except FlashRankError:
        raise
    except Exception as error:  # the client's releases differ in the HTTP library, so in the exceptions, they use
        raise logged(unavailable(model, staging.parent, explain(error, model.repository, size=size)), error) from None
    if fault := installed_defect(fresh):
        raise InvalidModel(f"{where}: {fault}")


def unavailable(model: HubModel, cache: Path, reason: str) -> ModelUnavailable:
    """Say which model, where it was looked for, and why it cannot be fetched."""
    fault = installed_defect(cache / model.folder)
    missing = f"model {model.repository!r} is neither a directory nor in {cache / model.folder} ({fault})"
    return ModelUnavailable(
        f"{missing} and {reason}; a directory with {', '.join(REQUIRED_FILES)} and an .onnx file works too"
    )


def _record(model: HubModel, listing: Listing, folder: Path, where: str) -> dict[str, object]:
    """Return what the repository's own ``flashrank.json`` says, if it has one."""
    if RECIPE_FILE not in listing.files:
        return {}
    _get(model, listing, RECIPE_FILE, folder)
    try:
        read_recipe(folder)
        recorded_file(folder)
        return read_json(folder / RECIPE_FILE)
    except InvalidModel as error:
        raise logged(InvalidModel(f"{where}: {error}"), error) from None


def _weights(model: HubModel, listing: Listing, record: dict[str, object], where: str) -> str:
    """Return the path of the ONNX file to fetch; refuse a repository that is no model."""
    graphs = [file for file in listing.files if file.endswith(".onnx")]
    name = model.repository.partition("/")[2]
    export = f"to make a model of it: flashrank export {model.repository} {name}"
    if not graphs:
        raise InvalidModel(f"{where} has no .onnx file; {export}")
    for file in REQUIRED_FILES:
        if file not in listing.files:
            raise InvalidModel(f"{where} has no {file}; {export}")
    recorded = record.get("file")
    if model.file is not None or recorded is None:
        return choose(graphs, where, file=model.file)
    if recorded not in graphs:
        raise InvalidModel(f"{where}: {RECIPE_FILE} names {recorded!r}, which is none of {', '.join(graphs)}")
    return str(recorded)


def _data_of(folder: Path, weights: str, listing: Listing, where: str) -> list[str]:
    """Return the paths of the ONNX file's external data; refuse what is not there, or should not be touched."""
    try:
        locations = external_data(folder / weights)
    except ValueError as error:
        raise logged(InvalidModel(f"{where}: {weights} is not an ONNX model ({error})"), error) from None
    files = []
    for location in locations:
        file = (PurePosixPath(weights).parent / location).as_posix()
        if not stays_inside(location):
            raise InvalidModel(f"{where}: {weights} names {location!r} as external data, outside its directory")
        if file.lower().endswith(PICKLES):
            raise InvalidModel(f"{where}: {weights} names {location!r} as external data, and pickles are not fetched")
        if file not in listing.files:
            raise InvalidModel(f"{where}: {file}, external data of {weights}, is missing")
        files.append(file)
    return list(dict.fromkeys(files))  # one file may be written in two ways: "data" and "./data"


def _get(model: HubModel, listing: Listing, file: str, folder: Path) -> None:
    """Download a file and compare its digest with the one that the hub states, if it states one."""
    fetch_file(model.repository, listing.commit, file, folder)
    stated = listing.files[file].sha256
    if stated is not None and (actual := sha256(folder / file)) != stated:
        (folder / file).unlink()
        reason = f"{file} has the sha256 {actual}, not {stated}: it was discarded"
        raise unavailable(model, folder.parent.parent, reason)


def _assemble(folder: Path, files: list[str], fresh: Path) -> None:
    """Move the model's files, and no others, to a new directory, and flush them to the disk."""
    for file in files:
        target = fresh / file
        target.parent.mkdir(parents=True, exist_ok=True)
        (folder / file).rename(target)
        sync_file(target)
        sync_directory(target.parent)
