"""What ``flashrank.json`` in a model directory says: how the model is to be used, and where it came from.

``flashrank export`` and downloads from the hub write it; a directory without one is read like any other::

    {"format": 1, "template": "Query: {query} Document: {passage} Relevant:", "max_length": 512,
     "languages": ["en"], "source": "org/name", "revision": "...", "license": "..."}

Every key may be missing or null, and unknown ones are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flashrank.errors import InvalidModel, InvalidRequest, logged
from flashrank.models.files import read_json
from flashrank.models.template import TextTemplate

RECIPE_FILE = "flashrank.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is to be used, as far as its directory says.

    Attributes:
        template: How query and passage become one text; empty for the tokenizer's own pair template, which a null in
            the file means too; None if the file does not say.
        max_length: Most tokens a pair may have; None if the file does not say.
        languages: BCP 47 codes, empty if the file does not say.
        source: Hub repository or directory of the original weights.
        revision: Commit of that repository.
        license: SPDX identifier.
    """

    template: str | None = None
    max_length: int | None = None
    languages: tuple[str, ...] = ()
    source: str = ""
    revision: str = ""
    license: str = ""


def read_recipe(directory: Path) -> Recipe:
    """Return what ``flashrank.json`` in ``directory`` says, or an empty recipe where there is no such file.

    Raises:
        InvalidModel: The file is not JSON, is of a later format, or a value has the wrong type.
    """
    path = directory / RECIPE_FILE
    entries = read_json(path)

    def value(key: str, kind: type, expected: str) -> Any:
        found = entries.get(key)
        if found is None or (isinstance(found, kind) and not isinstance(found, bool)):
            return found
        raise InvalidModel(f"{path}: {key} is {found!r}; expected {expected} or null")

    version = value("format", int, "a whole number")
    if version is not None and version != FORMAT:
        raise InvalidModel(f"{path}: its format is {version}, and this flashrank reads {FORMAT}: upgrade flashrank")
    max_length = value("max_length", int, "a whole number")
    if max_length is not None and max_length < 1:
        raise InvalidModel(f"{path}: max_length is {max_length}; it must be at least 1")
    languages = value("languages", list, "a list of strings") or []
    if not all(isinstance(language, str) for language in languages):
        raise InvalidModel(f"{path}: languages is {languages!r}; expected a list of strings or null")
    template = value("template", str, "a string")
    if template:
        try:
            TextTemplate.parse(template)
        except InvalidRequest as error:
            raise logged(InvalidModel(f"{path}: {error}"), error) from None
    return Recipe(
        template=(template or "") if "template" in entries else None,
        max_length=max_length,
        languages=tuple(languages),
        source=value("source", str, "a string") or "",
        revision=value("revision", str, "a string") or "",
        license=value("license", str, "a string") or "",
    )
