"""The folder of a student: the names of its files, and the design that they are of."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from bench.common.errors import BenchError
from bench.distill.student.design import Design, TrainingRound
from bench.distill.student.training_log import kept_check

DESIGN, TOKENIZER, START, STUDENT = "design.json", "tokenizer.json", "start.npz", "student.npz"
#: The exported student's model directory.
EXPORT = "export"
#: How the best student does on the sources that were held back, where it learned from a pack.
HELD_BACK = "held_back.json"


def is_prepared(out: Path, design: Design) -> bool:
    """Say whether ``out`` already has a student of this design. Make the folder where there is none.

    Raises:
        BenchError: It has a student of another design.
    """
    if not (out / DESIGN).exists():
        out.mkdir(parents=True, exist_ok=True)
        return False
    if (found := load_design(out)) != design:
        raise BenchError(f"{out}: holds a student of another design ({found}); give another --out")
    return True


def record(out: Path, design: Design) -> None:
    """Write the design, after all other files: it says that they are whole."""
    (out / DESIGN).write_text(json.dumps(design.as_json()) + "\n", encoding="utf-8")


def load_design(out: Path) -> Design:
    """Return the design of the student in ``out``.

    Raises:
        BenchError: There is none.
    """
    path = out / DESIGN
    if not path.exists():
        raise BenchError(f"{out}: no student there yet; run the stage `train` first")
    return Design.from_json(json.loads(path.read_text(encoding="utf-8")))


def trained_design(out: Path) -> Design:
    """Return the design of the student in ``out`` with the round that made it.

    Raises:
        BenchError: There is none.
    """
    design, kept = load_design(out), kept_check(out)
    if not kept["pairs"]:
        return design
    return replace(design, rounds=(*design.rounds, TrainingRound(kept["pairs"], round(kept["seconds"] / 60))))
