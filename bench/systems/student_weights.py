"""The float32 weights of a student that ``bench.distill`` exported, such as ``nano``, as BERT has them.

A student's table of embeddings is a product of two matrices, which is multiplied out here.
Its projections of one input are one matrix, which is cut into BERT's, and queries come divided by the root of a head's
width, as attention divides by it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from bench.systems.bert_weights import Weights

FloatArray = npt.NDArray[np.float32]

#: What no other graph has.
_FACTORS = {"table", "projection", "projection.scales"}
_PROJECTIONS = ("attention.self.query", "attention.self.key", "attention.self.value")


def is_student(path: Path) -> bool:
    """Tell whether an ONNX file is a student's."""
    return {tensor.name for tensor in onnx.load(path).graph.initializer} >= _FACTORS


def read_student_weights(path: Path, heads: int) -> Weights:
    """Return the weights as ``read_weights`` does, with the same names and shapes.

    Args:
        path: A student's ONNX file.
        heads: Its attention heads.
    """
    graph = onnx.load(path).graph
    constants: dict[str, FloatArray] = {
        tensor.name: numpy_helper.to_array(tensor).astype(np.float32) for tensor in graph.initializer
    }
    # The product of the factors is exact: whole numbers, far below what float32 can hold.
    words = np.asarray((constants["table"] - constants["zero"]) @ constants["projection"], dtype=np.float32)
    words *= constants["projection.scales"]
    weights: Weights = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": constants["positions"] * constants["positions.scale"],
        "embeddings.token_type_embeddings.weight": constants["types"],
        "classifier.weight": constants["classifier"],
    }
    width = words.shape[1]
    for name, values in constants.items():
        if name.endswith((".weight", ".bias")):
            weights |= _separate(name, values * constants.get(f"{name}.scales", np.float32(1)), width)
    for name in weights:
        if _PROJECTIONS[0] in name:
            weights[name] = weights[name] * np.float32(np.sqrt(width / heads))
    return {name: np.ascontiguousarray(values) for name, values in weights.items()}


def _separate(name: str, values: FloatArray, width: int) -> Weights:
    """Return the matrix or the vector of every projection that ``values`` are of, by its name."""
    first = next((number for number, part in enumerate(_PROJECTIONS) if part in name), None)
    if first is None:
        return {name: values}
    parts = np.split(values, values.shape[-1] // width, axis=-1)
    names = [name.replace(_PROJECTIONS[first], part) for part in _PROJECTIONS[first:]]
    return dict(zip(names, parts, strict=False))
