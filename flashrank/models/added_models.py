"""Models that a program adds to ``flashrank.Config.model_file_map``, which FlashRank allows.

An entry maps the name of a directory in the cache to the model's file in it. Where there is no such directory, an
archive of that name is downloaded as FlashRank 0.2.10 does: from the main branch of the hub repository of its archives.
It is checked against the digest that the hub states.
"""

from __future__ import annotations

import importlib
import os

from flashrank.errors import InvalidRequest
from flashrank.models.model_list import find_model
from flashrank.models.spec import ModelSpec


def added_model(name: str) -> ModelSpec | None:
    """Return a row for the entry that a program added or changed; None for any other name.

    Raises:
        InvalidRequest: The entry is no file's name.
    """
    # Imported when called, as that module is built upon this one. A program may put another dict into it: FlashRank
    # looks there, and not in ``flashrank.Config``.
    entries = importlib.import_module("flashrank.Ranker").model_file_map
    row, entry = find_model(name), entries.get(name)
    if entry is None or (row is not None and row.file == entry):
        return None
    file = os.fspath(entry) if isinstance(entry, str | os.PathLike) else ""
    if not file:
        raise InvalidRequest(f"flashrank.Config.model_file_map[{name!r}] is {entry!r}; expected the model's file name")
    return ModelSpec(
        name=name,
        file=file,
        kind="listwise" if file.endswith(".gguf") else "cross-encoder",
        archive=f"{name}.zip",
        revision="main",
        layers=0,
        hidden_size=0,
        languages=(),
        license="",
        card="",
    )
