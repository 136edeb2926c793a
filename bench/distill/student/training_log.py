"""The log of a training: what was measured on the held-back queries, one measurement a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.common.errors import BenchError

LOG = "training.jsonl"


def append_check(out: Path, row: dict[str, Any]) -> None:
    """Add a measurement. Its ``kept`` says whether the student became ``student.npz``."""
    with (out / LOG).open("a", encoding="utf-8") as log:
        log.write(json.dumps(row) + "\n")


def read_checks(out: Path) -> list[dict[str, Any]]:
    """Return the measurements, oldest first.

    Raises:
        BenchError: Nothing was trained in ``out``.
    """
    path = out / LOG
    if not path.exists():
        raise BenchError(f"{out}: no student there yet; run the stage `train` first")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def kept_check(out: Path) -> dict[str, Any]:
    """Return the measurement of the student in ``student.npz``.

    Raises:
        BenchError: Nothing was trained in ``out``.
    """
    return [row for row in read_checks(out) if row["kept"]][-1]
