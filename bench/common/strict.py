"""What all of an experiment's rows have in common."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from bench.common.numbers import finite_number


class Strict(BaseModel):
    """A row that refuses unknown keys and any number that is not a finite decimal, and that cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _plain_numbers(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse what pydantic would take for a number: ``true`` for 1, and the text ``1_0`` for 10."""
        if _holds_numbers(cls.model_fields[str(info.field_name)].annotation) and (odd := _odd_numbers(value)):
            raise ValueError(f"{odd[0]!r:.40} is not a finite number in decimal digits, as 10")
        return value


def _holds_numbers(annotation: Any) -> bool:
    return annotation in (int, float) or any(map(_holds_numbers, get_args(annotation)))


def _odd_numbers(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [odd for item in value for odd in _odd_numbers(item)]
    return [value] if isinstance(value, bool) or (isinstance(value, str) and finite_number(value) is None) else []


def identifiers(label: str, name: str | None, path: Path | None) -> set[str]:
    """Return the words by which a row is chosen on the command line."""
    return {label, *([name] if name else []), *([str(path), path.name] if path else [])}
