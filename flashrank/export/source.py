"""Finds the original: a directory, or a hub repository, whose data files are fetched at one commit; never its code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from flashrank.errors import InvalidModel, InvalidRequest, ModelUnavailable, logged
from flashrank.models.files import read_json
from flashrank.models.hub.client import explain, hub_is_off, list_files
from flashrank.models.hub.repository import PICKLES, is_hub_id
from flashrank.models.model_list import list_models
from flashrank.models.recipe import read_recipe
from flashrank.models.spec import ModelSpec

#: Configuration, tokenizers (``spiece.model``, ``vocab.txt``, ``merges.txt``), the card and safetensors: no pickles.
_FETCHED = ("*.json", "*.model", "*.txt", "*.safetensors", "README.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An original, on disk.

    Attributes:
        name: The hub repository, or the directory's name.
        directory: Holds its files.
        config: What ``config.json`` says.
        revision: The repository's commit; None for a directory.
        spec: FlashRank's row for this repository, if there is one.
        template: How query and passage become one text, as far as it is known; empty for the tokenizer's own pair.
        languages: BCP 47 codes; empty if they are not known.
        license: SPDX identifier; empty if it is not known.
    """

    name: str
    directory: Path
    config: Mapping[str, Any]
    revision: str | None
    spec: ModelSpec | None
    template: str | None
    languages: tuple[str, ...]
    license: str


def find_source(source: str, revision: str | None) -> Source:
    """Find an original; a hub repository's files are fetched into the hub client's own cache.

    Raises:
        InvalidRequest: A revision is given for a directory.
        ModelUnavailable: There is no such directory or repository, or it cannot be fetched.
        InvalidModel: It has no ``config.json`` or no safetensors.
    """
    directory = Path(source).expanduser()
    if directory.is_dir():
        if revision is not None:
            raise InvalidRequest(f"--revision goes with a hub id, and {source} is a directory")
        name, spec = directory.resolve().name, None
    elif is_hub_id(source):
        directory, name = _fetch(source, revision), source
        revision = directory.name
        spec = next((row for row in list_models() if row.source == source), None)
    else:
        raise ModelUnavailable(f"{source!r} is neither a directory nor a hub id (org/name)")
    if not (directory / "config.json").is_file():
        raise InvalidModel(f"{source}: there is no config.json")
    if fault := _unreadable(path.name for path in directory.iterdir()):
        raise InvalidModel(f"{source}: {fault}; save them with save_pretrained where you trust them")
    recipe, card = read_recipe(directory), _card(directory)
    languages = card.get("language") or ()
    return Source(
        name=name,
        directory=directory,
        config=read_json(directory / "config.json"),
        revision=revision,
        spec=spec,
        template=spec.template if spec else recipe.template,
        languages=spec.languages if spec else recipe.languages or _strings(languages),
        license=(spec.license if spec else recipe.license) or " ".join(_strings(card.get("license") or ())),
    )


def _fetch(repository: str, revision: str | None) -> Path:
    """Return the local copy of a repository's data at one commit, which is the copy's name."""
    from huggingface_hub import hf_hub_download, snapshot_download

    try:
        if hub_is_off():
            return Path(snapshot_download(repository, revision=revision, local_files_only=True))
        listing = list_files(repository, revision)
        # Files in folders are other formats of the same model.
        files = [file for file in listing.files if "/" not in file]
        if fault := _unreadable(files):
            raise InvalidModel(f"{repository}: {fault}; a pull request may have them: --revision refs/pr/N")
        wanted = [file for file in files if any(fnmatch(file, pattern) for pattern in _FETCHED)]
        copies = [hf_hub_download(repository, file, revision=listing.commit) for file in wanted]
    except InvalidModel:
        raise
    except Exception as error:  # the client's releases differ in the HTTP library, so in the exceptions, they use
        raise logged(
            ModelUnavailable(f"{repository!r} is not a directory, and {explain(error, repository)}"), error
        ) from None
    return Path(copies[0]).parent


def _unreadable(files: Iterable[str]) -> str | None:
    """Return what is wrong with a model's files if none of them are weights that may be read."""
    names = sorted(files)
    if any(name.endswith(".safetensors") for name in names):
        return None
    pickles = [name for name in names if name.endswith(PICKLES)]
    unread = f", only pickles ({', '.join(pickles)}), which can run code and are never loaded" if pickles else ""
    return f"there are no safetensors{unread}"


def _card(directory: Path) -> Mapping[str, Any]:
    """Return the metadata of a repository's card, or nothing where it has none that can be read."""
    from huggingface_hub import metadata_load

    try:
        return metadata_load(directory / "README.md") or {}
    except Exception:  # a card that is not there, or is not YAML, says nothing
        return {}


def _strings(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else (str(value),)
