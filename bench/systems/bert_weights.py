"""The weights of a BERT cross-encoder in float32, read from its ONNX file, int8 or not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from bench.common.errors import BenchError

#: Name -> values.
Weights = dict[str, npt.NDArray[np.float32]]

_PARTS = re.compile(r"(?:^|\.)((?:embeddings|encoder|pooler|classifier)\..*)")
_PRODUCTS = ("MatMulInteger", "MatMul", "Gemm")


def read_weights(path: Path | BinaryIO) -> Weights:
    """Return a BERT cross-encoder's weights by their names in transformers, each without its prefix.

    Matrices have shape (inputs, outputs), as ``x @ weight`` takes them. Quantised matrices are dequantised. Exporters
    give matrices numbers for names, so each is named after the bias that is added to its product.

    Raises:
        BenchError: The graph is not that of a BERT cross-encoder.
    """
    graph = onnx.load(path).graph
    initializers = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)

    weights: Weights = {}
    for name, values in initializers.items():
        plain = name.removesuffix("_quantized")
        short = _short_name(plain)
        is_named_matrix = short.endswith(".weight") and ("embeddings" in short or "LayerNorm" in short)
        if is_named_matrix or short.endswith(".bias"):
            weights[short] = _dequantised(initializers, name, values)
    for node in graph.node:
        if node.op_type in _PRODUCTS and len(node.input) > 1 and node.input[1] in initializers:
            bias = _bias_of(node, readers, initializers)
            if bias:
                matrix = _dequantised(initializers, node.input[1], initializers[node.input[1]])
                transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
                weights[bias.removesuffix("bias") + "weight"] = np.ascontiguousarray(matrix.T if transposed else matrix)
    missing = [
        name
        for name in ("embeddings.word_embeddings.weight", "classifier.weight", "pooler.dense.weight")
        if name not in weights
    ]
    if missing:
        name = path if isinstance(path, Path) else "the file"
        raise BenchError(f"{name}: no BERT cross-encoder of FlashRank's kind: it has no {', '.join(missing)}")
    return weights


def _short_name(name: str) -> str:
    found = _PARTS.search(name)
    return found.group(1) if found else name


def _dequantised(
    initializers: dict[str, npt.NDArray[np.generic]], name: str, values: npt.NDArray[np.generic]
) -> npt.NDArray[np.float32]:
    if not name.endswith("_quantized"):
        return np.asarray(values, dtype=np.float32)
    plain = name.removesuffix("_quantized")
    scale = np.asarray(initializers[f"{plain}_scale"], dtype=np.float32)
    zero_point = np.asarray(initializers[f"{plain}_zero_point"], dtype=np.float32)
    return np.asarray((values.astype(np.float32) - zero_point) * scale, dtype=np.float32)


def _bias_of(
    node: onnx.NodeProto, readers: dict[str, list[onnx.NodeProto]], initializers: dict[str, npt.NDArray[np.generic]]
) -> str | None:
    """Return the short name of the bias added to a product; an int8 product is cast and scaled before."""
    if node.op_type == "Gemm":
        return _short_name(node.input[2]) if len(node.input) > 2 else None
    output = node.output[0]
    while True:
        following = [reader for reader in readers.get(output, []) if reader.op_type in ("Cast", "Mul", "Add")]
        if len(following) != 1:
            return None
        (node,) = following
        if node.op_type == "Add":
            biases = [name for name in node.input if name in initializers and name.endswith(".bias")]
            return _short_name(biases[0]) if biases else None
        output = node.output[0]
