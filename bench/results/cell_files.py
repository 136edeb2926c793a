"""The files of a cell, read one at a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from bench.common.errors import BenchError


def read_manifest(cell: Path) -> dict[str, Any]:
    """Return what the cell in this folder was measured on; empty where there is none.

    Raises:
        BenchError: The manifest is damaged.
    """
    return read_mapping(cell / "manifest.json")


def read_mapping(path: Path) -> dict[str, Any]:
    """Return what a JSON file of a cell maps, empty where there is no such file.

    Raises:
        BenchError: It is damaged.
    """
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BenchError(f"{path}: damaged; delete its folder and run the experiment again") from error


def read_table(path: Path) -> pd.DataFrame:
    """Return a table of a cell.

    Raises:
        BenchError: It cannot be read.
    """
    try:
        with path.open("rb") as file:  # pyarrow opens no file of a name that is not UTF-8
            return pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise BenchError(f"{path}: cannot be read; run the experiment again to measure it anew") from error
