"""Cells: the measurements of a run. A hash of everything that a cell depends on tells it from all others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bench.common.digest import digest_of


@dataclass(frozen=True)
class Cell:
    """One measurement: where its result lies, and what the result depends on.

    Attributes:
        place: Folder, relative to the folder of results.
        inputs: Everything that the result depends on, as JSON values; large inputs as their digests.
    """

    place: str
    inputs: dict[str, Any]

    @property
    def key(self) -> str:
        """The content hash."""
        return digest_of(self.inputs)

    @property
    def without_sweep(self) -> Cell:
        """The same measurement without the sweep that starts from it."""
        inputs = {name: value for name, value in self.inputs.items() if name != "sweep"}
        if "code_versions" in inputs:
            versions = inputs["code_versions"].items()
            inputs["code_versions"] = {name: version for name, version in versions if name != "sweep"}
        return Cell(self.place, inputs)


def file_name(label: str) -> str:
    """Return ``label`` as a file name, distinct labels staying distinct."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", label).strip("-.")
    return name if name == label else f"{name}-{digest_of(label)[:6]}"
