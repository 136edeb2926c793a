"""Models that a program adds to ``model_file_map``, one dict of two modules, as FlashRank lets it.

The entry is a directory's name in the cache, and the model's file in it. Where there is no such directory, an archive
of that name is looked for where FlashRank 0.2.10 looks: on the main branch of the hub repository of its archives. The
digest that the hub states for it counts.
"""

from __future__ import annotations

import importlib
import os

from flashrank.errors import InvalidRequest
from flashrank.models.rows import find_model
from flashrank.models.spec import ModelSpec


def added_model(name: str) -> ModelSpec | None:
    """Return what an entry says that a program added or changed, as a row; None where it says what the row says.

    Raises:
        InvalidRequest: The entry is no file's name.
    """
    # FlashRank reads the name in that module, so a program may put another dict there.
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
