"""The files beside the ONNX file in a model's directory, and how the finished directory takes its place."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from flashrank.errors import InvalidRequest
from flashrank.models.files import read_json
from flashrank.models.recipe import FORMAT, RECIPE_FILE

if TYPE_CHECKING:
    from flashrank.export.original import Original
    from flashrank.export.source import Source

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
_SPECIAL_TOKENS = "special_tokens_map.json"
#: What transformers notes of how it loaded a tokenizer.
_OF_THIS_MACHINE = ("is_local", "local_files_only", "name_or_path")


@contextmanager
def whole_or_not_at_all(out: Path, *, force: bool) -> Iterator[Path]:
    """Give an empty directory to fill, which becomes ``out`` if nothing fails and vanishes otherwise.

    Args:
        out: Where it goes; its parents are made.
        force: Replace an ``out`` that an earlier export made.

    Raises:
        InvalidRequest: ``out`` exists, and ``force`` does not apply.
        OSError: It cannot be written.
    """
    out = out.expanduser().absolute()
    if out.exists() or out.is_symlink():
        if not force:
            raise InvalidRequest(f"{out} exists; --force replaces it if an earlier export made it")
        if not (out / RECIPE_FILE).is_file():
            raise InvalidRequest(f"{out} has no {RECIPE_FILE}, so no export made it: it is not replaced")
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as room:
        fresh, old = Path(room, "new"), Path(room, "old")
        fresh.mkdir()
        yield fresh
        if out.exists():
            out.rename(old)
        fresh.rename(out)


def write_companions(directory: Path, source: Source, original: Original) -> None:
    """Write configuration, tokenizer and ``flashrank.json``.

    Args:
        directory: Where to.
        source: Where the original came from.
        original: The model to describe.
    """
    tokenizer = original.tokenizer
    with TemporaryDirectory(dir=directory) as room:
        # Beside these, transformers writes what a tokenizer of Python needs.
        tokenizer.save_pretrained(room)
        for file in _TOKENIZER_FILES:
            shutil.move(Path(room, file), directory / file)
    settings = read_json(directory / "tokenizer_config.json")
    write_json(
        directory / "tokenizer_config.json", {key: settings[key] for key in settings if key not in _OF_THIS_MACHINE}
    )
    write_json(directory / "config.json", original.config)
    write_json(directory / _SPECIAL_TOKENS, _special_tokens(tokenizer))
    write_json(directory / RECIPE_FILE, recipe(source, original))


def recipe(source: Source, original: Original) -> dict[str, Any]:
    """Return what ``flashrank.json`` says."""
    return {
        "format": FORMAT,
        "template": original.template or None,
        "max_length": original.max_length,
        "languages": list(source.languages) or None,
        "source": source.name,
        "revision": source.revision,
        "license": source.license or None,
    }


def write_json(path: Path, document: Any) -> None:
    """Write a JSON file for people to read too."""
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _special_tokens(tokenizer: Any) -> dict[str, Any]:
    """Return every special token with its role and with how it takes white space, which its text does not tell."""
    added = {token.content: token for token in tokenizer.added_tokens_decoder.values()}

    def described(text: str) -> Any:
        token = added.get(text)
        if token is None:
            return text
        names = ("content", "lstrip", "normalized", "rstrip", "single_word")
        return {name: getattr(token, name) for name in names}

    return {
        role: [str(text) for text in value] if isinstance(value, list) else described(str(value))
        for role, value in sorted(tokenizer.special_tokens_map.items())
    }
