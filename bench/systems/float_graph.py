"""The same weights with float32 activations: an ONNX graph whose quantised products are float32 ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from bench.common.errors import BenchError


def dequantised(path: Path) -> onnx.ModelProto | None:
    """Return the model with every product of quantised activations in float32; None when it has none.

    onnxruntime's dynamic quantisation turns ``x @ w`` into ``MatMulInteger(q(x), q(w)) * scale(x) * scale(w)``. With
    ``q(x)`` replaced by ``x``, ``scale(x)`` by 1 and the product by a float32 one of the same weights, what follows can
    stay as it is: what is left out is the rounding of activations, and nothing else. Products of integers that are
    exact, such as those of an embedding table, are left alone.

    Args:
        path: An ONNX file.

    Raises:
        BenchError: A quantised activation is used for something other than a product with constant weights.
    """
    model = onnx.load(str(path))
    graph = model.graph
    initializers = {tensor.name: tensor for tensor in graph.initializer}
    quantisers = {node.output[0]: node for node in graph.node if node.op_type == "DynamicQuantizeLinear"}
    if not quantisers:
        return None
    integers = {name for node in quantisers.values() for name in (node.output[0], node.output[2])}

    nodes: list[onnx.NodeProto] = []
    weights: dict[str, onnx.TensorProto] = {}
    for node in graph.node:
        if node.op_type == "DynamicQuantizeLinear":
            continue
        if integers.isdisjoint(node.input):
            nodes.append(node)
            continue
        if node.op_type != "MatMulInteger" or node.input[0] not in quantisers or node.input[1] not in initializers:
            raise BenchError(f"{path}: cannot take the quantisation out of its {node.op_type} node {node.output[0]!r}")
        weight = f"{node.input[1]}_as_float"
        weights[weight] = numpy_helper.from_array(_unshifted(node, initializers), weight)
        activations = quantisers[node.input[0]].input[0]
        nodes.append(helper.make_node("MatMul", [activations, weight], list(node.output), name=node.name))

    ones = (numpy_helper.from_array(np.array(1, dtype=np.float32), node.output[1]) for node in quantisers.values())
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*kept, *weights.values(), *ones])
    return model


def _unshifted(node: onnx.NodeProto, initializers: dict[str, onnx.TensorProto]) -> npt.NDArray[np.float32]:
    """Return a product's integer weights as float32, zero where their zero point was."""
    values = numpy_helper.to_array(initializers[node.input[1]]).astype(np.float32)
    if len(node.input) < 4 or not node.input[3]:
        return values
    return values - numpy_helper.to_array(initializers[node.input[3]]).astype(np.float32)
