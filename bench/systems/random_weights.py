"""The float32 weights of a model of random weights, whose graph ``bench.random_models`` wrote.

Its constants have no names, so that each weight is known by its place: the graph is written from the embeddings to the
logit, and every layer in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from bench.common.errors import BenchError
from bench.systems.bert_weights import Weights

FloatArray = npt.NDArray[np.float32]
Part = TypeVar("Part")

_TABLES = ("word", "token_type", "position")
_PRODUCTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_NORMALISATIONS = ("attention.output.LayerNorm", "output.LayerNorm")


def read_random_weights(path: Path, layers: int) -> Weights:
    """Return the weights as ``read_weights`` does, with the same names and shapes.

    Args:
        path: An ONNX file that ``bench.random_models.bert`` wrote.
        layers: Its layers.

    Raises:
        BenchError: The graph has other parts than such a file.
    """
    graph = _GraphReader(onnx.load(str(path)).graph)
    blocks = [f"encoder.layer.{layer}." for layer in range(layers)]
    products = [block + name for block in blocks for name in _PRODUCTS] + ["pooler.dense", "classifier"]
    normalisations = ["embeddings.LayerNorm"] + [block + name for block in blocks for name in _NORMALISATIONS]
    try:
        tables = {f"embeddings.{name}_embeddings.weight": table for name, table in _paired(_TABLES, graph.tables())}
        affine = [*_paired(products, graph.products()), *_paired(normalisations, graph.normalisations())]
    except (KeyError, ValueError) as error:
        raise BenchError(f"{path}: no graph of random weights as this version of bench writes them") from error
    return tables | {
        f"{name}.{part}": values for name, both in affine for part, values in zip(("weight", "bias"), both, strict=True)
    }


class _GraphReader:
    """The parts of a graph that hold weights, each kind in the order of the nodes."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._nodes = list(graph.node)
        self._constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self._makers = {name: node for node in self._nodes for name in node.output}
        self._readers = {name: node for node in self._nodes for name in node.input}  # the last one, if several

    def tables(self) -> Iterator[FloatArray]:
        for node in self._nodes:
            if node.op_type == "DequantizeLinear":
                integers = self._constants[self._makers[node.input[0]].input[0]].astype(np.float32)
                yield (integers - self._constants[node.input[2]]) * self._constants[node.input[1]]

    def products(self) -> Iterator[tuple[FloatArray, FloatArray]]:
        for node in self._nodes:
            if node.op_type == "MatMulInteger":
                scaled = self._readers[self._readers[node.output[0]].output[0]]  # Cast, then Mul
                scale = self._constants[self._makers[scaled.input[1]].input[1]]
                bias = self._constants[self._readers[scaled.output[0]].input[0]]
                yield self._constants[node.input[1]].astype(np.float32) * scale, bias

    def normalisations(self) -> Iterator[tuple[FloatArray, FloatArray]]:
        for node in self._nodes:
            if node.op_type == "Mul" and self._makers.get(node.input[0], node).op_type == "Div":
                gain = self._constants.get(node.input[1])
                if gain is not None and gain.ndim == 1:
                    yield gain, self._constants[self._readers[node.output[0]].input[1]]


def _paired(names: Sequence[str], parts: Iterator[Part]) -> list[tuple[str, Part]]:
    return list(zip(names, parts, strict=True))
