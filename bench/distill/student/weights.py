"""The weights of a model by their names, in memory and in ``.npz`` files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.common.atomic import whole_file
from bench.common.errors import BenchError
from bench.systems.bert_weights import Weights as Weights


def count_layers(weights: Weights) -> int:
    """Return the number of transformer layers."""
    return sum(name.endswith("intermediate.dense.weight") for name in weights)


def save_weights(path: Path, weights: Weights) -> None:
    """Write weights as an ``.npz`` file, all of it or nothing."""
    with whole_file(path) as partial, partial.open("wb") as file:
        np.savez(file, **weights)  # type: ignore[arg-type]


def load_weights(path: Path) -> Weights:
    """Return the weights of an ``.npz`` file.

    Raises:
        BenchError: There is no such file.
    """
    if not path.exists():
        raise BenchError(f"{path}: not there yet; run the stage `train` first")
    with np.load(path) as file:
        return {name: file[name] for name in file.files}
