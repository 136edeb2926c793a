"""The supported models by name: the rows of ``flashrank.models.rows``."""

from __future__ import annotations

from flashrank.models.rows import ROWS
from flashrank.models.spec import REPOSITORY, REVISION, TOKENIZER_FILES, ModelSpec

__all__ = ["DEFAULT_MODEL", "REPOSITORY", "REVISION", "TOKENIZER_FILES", "ModelSpec", "find_model", "list_models"]

_MODELS = ROWS

DEFAULT_MODEL = _MODELS[0].name


def list_models() -> list[ModelSpec]:
    """Return every model that ``Ranker`` knows by name, the default first."""
    return list(_MODELS)


def find_model(name: str) -> ModelSpec | None:
    """Return the row called ``name``, or None if there is none."""
    return next((spec for spec in _MODELS if spec.name == name), None)
