"""An exported student's weights, read back from its int8 graph, so that it can be trained further."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from bench.common.errors import BenchError
from bench.distill.student.design import Design, TrainingRound
from bench.distill.student.weights import Weights

_FUSED = ("query", "key", "value")


def read_exported(directory: Path) -> tuple[Weights, Design]:
    """Return the weights and the design of a student that the stage ``export`` wrote.

    The weights are the quantised ones. Scores computed from them in float32 differ from those of the int8 file only by
    the quantisation of the activations. ``Design.layers`` numbers the student's own layers: the file does not say which
    of the teacher's layers they were.

    Raises:
        BenchError: There is no such student in ``directory``.
    """
    try:
        (path,) = directory.glob("*.onnx")
        config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
        constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(str(path)).graph.initializer}
        rounds = tuple(TrainingRound(**done) for done in config.get("trained", ()))
        layers, heads = int(config["num_hidden_layers"]), int(config["num_attention_heads"])
        weights = _embeddings(constants) | _named(constants)
        for i in range(layers):
            weights |= _attention(constants, f"encoder.layer.{i}.attention.self.", last=i == layers - 1, heads=heads)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BenchError(f"{directory}: not a student that the stage `export` wrote ({error})") from error
    design = Design(
        layers=tuple(range(layers)),
        table=weights["embeddings.table"].shape[1],
        feed_forward=weights["encoder.layer.0.intermediate.dense.bias"].shape[0],
        vocabulary=weights["embeddings.table"].shape[0],
        heads=heads,
        rounds=rounds,
    )
    return weights, design


def _embeddings(constants: dict[str, npt.NDArray[np.generic]]) -> Weights:
    table = constants["table"].astype(np.float32) - np.float32(constants["zero"])
    projection = _matrix(constants, "projection")
    # The export multiplies the table's scales into the projection, whose rows have norms near 1 in training.
    norms = np.linalg.norm(projection, axis=1)
    positions = constants["positions"].astype(np.float32) * np.float32(constants["positions.scale"])
    return {
        "embeddings.table": table * norms,
        "embeddings.projection": projection / norms[:, None],
        "embeddings.positions": positions,
        "embeddings.types": np.asarray(constants["types"], dtype=np.float32),
    }


def _named(constants: dict[str, npt.NDArray[np.generic]]) -> Weights:
    """Return the weights that have the same name in the graph as in training: all but embeddings and attention."""
    weights: Weights = {}
    for name in constants:
        if name.endswith((".weight", ".bias")) and ".self." not in name:
            weights[name] = _matrix(constants, name)
    weights["classifier.weight"] = np.asarray(constants["classifier"], dtype=np.float32)
    return weights


def _attention(constants: dict[str, npt.NDArray[np.generic]], prefix: str, *, last: bool, heads: int) -> Weights:
    """Split the matrices that are side by side in the graph: query, key, value; in the last layer key and value."""
    weights: Weights = {}
    for group in (_FUSED[:1], _FUSED[1:]) if last else (_FUSED,):
        for part in ("weight", "bias"):
            fused = _matrix(constants, f"{prefix}{group[0]}.{part}")
            for name, values in zip(group, np.split(fused, len(group), axis=-1), strict=True):
                weights[f"{prefix}{name}.{part}"] = values
    size = weights[f"{prefix}query.bias"].shape[0]
    for part in ("weight", "bias"):
        # In the graph the queries contain the scale of the attention scores.
        weights[f"{prefix}query.{part}"] = weights[f"{prefix}query.{part}"] * np.float32((size / heads) ** 0.5)
    return weights


def _matrix(constants: dict[str, npt.NDArray[np.generic]], name: str) -> npt.NDArray[np.float32]:
    values = np.asarray(constants[name], dtype=np.float32)
    scales = constants.get(f"{name}.scales")
    return values if scales is None else values * np.asarray(scales, dtype=np.float32)
