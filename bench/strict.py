"""What all of an experiment's rows have in common."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Unknown keys and numbers that are not finite are refused, and nothing changes after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), allow_inf_nan=False)


def identifiers(label: str, name: str | None, path: Path | None) -> set[str]:
    """Return the words by which a row is chosen on the command line."""
    return {label, *([name] if name else []), *([str(path), path.name] if path else [])}
