"""A builder of ONNX graphs that are quantised as the shipped models are and have random weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from bench.experiment.random_shape import Shape

# Those of the shipped ms-marco-MiniLM-L-12-v2.
_OPSET, _IR_VERSION = 14, 7
_LARGEST = 127
#: Standard deviation of whole numbers drawn evenly from -127 to 127.
_DEVIATION = float(np.sqrt(((2 * _LARGEST + 1) ** 2 - 1) / 12))
#: What adds to the attention scores of padding: the least float32.
HIDDEN = float(np.finfo(np.float32).min)

FLOAT, BOOL, INT64 = TensorProto.FLOAT, TensorProto.BOOL, TensorProto.INT64


class GraphBuilder:
    """A graph that is built node by node; methods add to it and return the names of tensors.

    Weights are such that activations keep a variance near one, so that nothing overflows or becomes denormal: both
    would take another time than ordinary numbers do.

    Args:
        seed: Of the weights.
    """

    def __init__(self, seed: int) -> None:
        self._draw = np.random.default_rng(seed)
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._quantised: dict[str, list[str]] = {}

    def op(self, kind: str, *inputs: str, outputs: int = 1, name: str = "", **attributes: Any) -> Any:
        """Add a node; return the name of its output, or the names of its outputs."""
        names = [name or f"{kind}_{len(self._nodes)}_{i}" for i in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, values: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        """Add a constant; return its name."""
        name = f"constant_{len(self._constants)}"
        self._constants[name] = numpy_helper.from_array(np.asarray(values, dtype=dtype), name)
        return name

    def number(self, value: int) -> str:
        """Add a whole number without axes; return its name."""
        return self.constant(value, np.int64)

    def integers(self, *values: int) -> str:
        """Add a list of whole numbers; return its name."""
        return self.constant(values, np.int64)

    def vector(self, size: int, mean: float = 0.0) -> str:
        """Add a drawn bias, or the scales of a normalisation; return its name."""
        return self.constant(mean + 0.1 * self._draw.standard_normal(size, dtype=np.float32))

    def table(self, rows: int, width: int, ids: str) -> str:
        """Add a drawn table of uint8, looked up at ``ids``; return the name of what was found, as float32."""
        integers = self._draw.integers(0, 2 * _LARGEST + 1, (rows, width), dtype=np.uint8)
        found = self.op("Gather", self.constant(integers, np.uint8), ids)
        scale, zero = self.constant(1 / _DEVIATION), self.constant(_LARGEST, np.uint8)
        return str(self.op("DequantizeLinear", found, scale, zero))

    def dense(self, rows: str, width: int, outputs: int, *, bias: bool, gain: float = 1.0, name: str = "") -> str:
        """Add the product of ``rows``, quantised as they come, and a drawn int8 matrix; return its name.

        Rows that go through several products are quantised once.

        Args:
            rows: The rows.
            width: Their width.
            outputs: The product's width.
            bias: Whether a drawn bias is added.
            gain: Standard deviation of what a row of variance one becomes.
            name: Of the result.
        """
        if rows not in self._quantised:
            self._quantised[rows] = self.op("DynamicQuantizeLinear", rows, outputs=3)
        activations, activation_scale, activation_zero = self._quantised[rows]
        matrix = self._draw.integers(-_LARGEST, _LARGEST, (width, outputs), dtype=np.int8, endpoint=True)
        # No two matrices of a trained model have the same scale, and onnxruntime would share what is the same.
        gain *= self._draw.uniform(0.9, 1.1)
        scale = self.op("Mul", activation_scale, self.constant(gain / (_DEVIATION * np.sqrt(width))))
        zero = self.constant(0, np.int8)
        product = self.op("MatMulInteger", activations, self.constant(matrix, np.int8), activation_zero, zero)
        product = self.op("Mul", self.op("Cast", product, to=FLOAT), scale, name="" if bias else name)
        return str(self.op("Add", self.vector(outputs), product, name=name) if bias else product)

    def size(self, rows: str, axis: int) -> str:
        """Return the name of the size of ``rows`` along an axis."""
        return str(self.op("Gather", self.op("Shape", rows), self.number(axis), axis=0))

    def listed(self, number: str) -> str:
        """Return the name of a list of the one number."""
        return str(self.op("Unsqueeze", number, self.integers(0)))

    def split(self, rows: str, batch: str, shape: Shape, order: Sequence[int]) -> str:
        """Add the split of rows into heads, (batch, sequence, heads, width), in another order of axes."""
        heads, width = self.integers(shape.heads), self.integers(shape.hidden_size // shape.heads)
        sizes = self.op("Concat", self.listed(batch), self.integers(-1), heads, width, axis=0)
        return str(self.op("Transpose", self.op("Reshape", rows, sizes, allowzero=0), perm=order))

    def model(self, inputs: Sequence[str], output: str) -> onnx.ModelProto:
        """Return the model: ``inputs``, int64 of shape (batch, sequence), to ``output`` of shape (batch, 1)."""
        graph = helper.make_graph(
            self._nodes,
            "random",
            [helper.make_tensor_value_info(name, INT64, ["batch_size", "sequence"]) for name in inputs],
            [helper.make_tensor_value_info(output, FLOAT, ["batch_size", 1])],
            list(self._constants.values()),
        )
        opsets = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="bench")
        onnx.checker.check_model(model)
        # Exporters note the shapes between the nodes, and some of onnxruntime's fusions need them.
        return onnx.shape_inference.infer_shapes(model, strict_mode=True)
