"""The student as an ONNX graph, in float32 or with int8 products. Few nodes, and always the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from bench.distill.export.quantise import MOST_BITS, WEIGHT_BITS, quantise, quantise_table
from bench.distill.student.forward import EPSILON
from bench.distill.student.weights import Weights, count_layers

if TYPE_CHECKING:  # a student can be exported where onnxruntime is not
    import onnxruntime as ort

_OPSET, _IR_VERSION = 20, 9
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
# Added to the attention scores of padding: far below any score, and far from an overflow.
_HIDDEN = -1e4

#: Second moments of the rows that a matrix multiplies, of shape (inputs, inputs), by its name in the graph.
InputMoments = Mapping[str, npt.NDArray[np.float64]]


def build(
    weights: Weights,
    heads: int,
    table_bits: int | None = None,
    bits: int = WEIGHT_BITS,
    moments: InputMoments = MappingProxyType({}),
) -> onnx.ModelProto:
    """Return the graph: ``input_ids``, ``attention_mask``, ``token_type_ids`` (int64) to ``logits`` (batch, 1).

    Args:
        weights: The student's.
        heads: Attention heads.
        table_bits: Bits per value of the embedding table; with None, everything is float32.
        bits: Bits per weight of the other matrices. The output matrix of the last layer has one more.
        moments: As ``input_moments.second_moments`` returns them. A matrix without one is rounded value by value.
    """
    graph = _GraphWriter(weights, heads, table_bits, bits, moments)
    graph.embed()
    layers = count_layers(weights)
    for i in range(layers):
        graph.layer(f"encoder.layer.{i}.", last=i == layers - 1)
    graph.head()
    return graph.model()


class _GraphWriter:
    """Collects nodes and constants. ``hidden`` is the name of the rows that the next part reads."""

    def __init__(self, weights: Weights, heads: int, table_bits: int | None, bits: int, moments: InputMoments) -> None:
        self.weights = weights
        self.heads = heads
        self.table_bits = table_bits
        self.bits = bits
        self.moments = moments
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self.hidden = ""
        self._quantised: dict[str, list[str]] = {}

    def op(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """Add a node; return the name of its output, or the names of its outputs."""
        names = [f"{kind}_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, name: str, values: npt.ArrayLike, dtype: Any = None) -> str:
        """Add a constant; return its name."""
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values, dtype=dtype), name)
        return name

    def integers(self, *values: int) -> str:
        """Add a list of integers, once."""
        return self.constant("integers" + "".join(f"_{value}" for value in values), values, np.int64)

    def embed(self) -> None:
        table, projection = self.weights["embeddings.table"], self.weights["embeddings.projection"]
        if self.table_bits is None:
            rows = self.op("Gather", self.constant("table", table), "input_ids")
            words = self.op("MatMul", rows, self.constant("projection", projection))
        else:
            # The scales of the table's columns are part of the projection, so the product takes the table's integers.
            integers, scales = quantise_table(table, projection, self.table_bits)
            zero = 2 ** (self.table_bits - 1)
            rows = self.op("Gather", self.constant("table", integers.astype(np.int16) + zero, np.uint8), "input_ids")
            moment = self.moments.get("projection")
            moment = None if moment is None else moment / np.outer(scales, scales)
            product, product_scales = quantise(projection * scales[:, None], self.bits, moment)
            words = self.op(
                "MatMulInteger", rows, self.constant("projection", product), self.constant("zero", zero, np.uint8)
            )
            words = self.op("Cast", words, to=TensorProto.FLOAT)
            words = self.op("Mul", words, self.constant("projection.scales", product_scales))
        length = self.op("Slice", self.op("Shape", "input_ids"), self.integers(1), self.integers(2))
        positions = self.op("Slice", self._positions(), self.integers(0), length, self.integers(0))
        if self.table_bits is not None:
            positions = self.op("DequantizeLinear", positions, "positions.scale")
        types = self.op("Gather", self.constant("types", self.weights["embeddings.types"]), "token_type_ids")
        self.hidden = self.normalised("embeddings.LayerNorm", self.op("Add", self.op("Add", words, types), positions))
        padding = self.op("Sub", self.constant("one", 1.0, np.float32), self.op("Cast", "attention_mask", to=1))
        padding = self.op("Mul", padding, self.constant("hidden", _HIDDEN, np.float32))
        self.padding = self.op("Unsqueeze", padding, self.integers(1, 2))

    def _positions(self) -> str:
        positions = self.weights["embeddings.positions"]
        if self.table_bits is None:
            return self.constant("positions", positions)
        integers, scales = quantise(positions.reshape(-1, 1), MOST_BITS)
        self.constant("positions.scale", scales[0])
        return self.constant("positions", integers.reshape(positions.shape))

    def layer(self, prefix: str, *, last: bool) -> None:
        """Add a transformer layer. The last one computes only the [CLS] row, as the head reads no other."""
        rows = self.hidden
        query, key, value = (f"{prefix}attention.self.{part}" for part in ("query", "key", "value"))
        if last:
            rows = self.op("Slice", rows, self.integers(0), self.integers(1), self.integers(1))
            queries = self.affine(rows, query)
            keys, values = self.op("Split", self.affine(self.hidden, key, value), outputs=2, axis=-1, num_outputs=2)
        else:
            product = self.affine(rows, query, key, value)
            queries, keys, values = self.op("Split", product, outputs=3, axis=-1, num_outputs=3)
        scores = self.op("MatMul", self.split(queries, 0, 2, 1, 3), self.split(keys, 0, 2, 3, 1))
        attention = self.op("Softmax", self.op("Add", scores, self.padding), axis=-1)
        mixed = self.op("MatMul", attention, self.split(values, 0, 2, 1, 3))
        mixed = self.op("Reshape", self.op("Transpose", mixed, perm=[0, 2, 1, 3]), self.integers(0, 0, -1))
        mixed = self.affine(mixed, f"{prefix}attention.output.dense")
        middle = self.normalised(f"{prefix}attention.output.LayerNorm", self.op("Add", mixed, rows))
        inner = self.op("Gelu", self.affine(middle, f"{prefix}intermediate.dense"))
        # This matrix loses most with fewer bits: its error goes straight into the one row that is scored.
        inner = self.affine(inner, f"{prefix}output.dense", bits=min(self.bits + last, MOST_BITS))
        self.hidden = self.normalised(f"{prefix}output.LayerNorm", self.op("Add", inner, middle))

    def head(self) -> None:
        pooled = self.op("Tanh", self.affine(self.hidden, "pooler.dense"))
        pooled = self.op("Squeeze", pooled, self.integers(1))
        product = self.op("MatMul", pooled, self.constant("classifier", self.weights["classifier.weight"]))
        bias = self.constant("classifier.bias", self.weights["classifier.bias"])
        self.nodes.append(helper.make_node("Add", [product, bias], ["logits"]))

    def split(self, rows: str, *order: int) -> str:
        """Add the split of rows into heads, (batch, sequence, heads, width), in another order of axes."""
        return str(self.op("Transpose", self.op("Reshape", rows, self.integers(0, 0, self.heads, -1)), perm=order))

    def normalised(self, name: str, rows: str) -> str:
        scale = self.constant(f"{name}.weight", self.weights[f"{name}.weight"])
        shift = self.constant(f"{name}.bias", self.weights[f"{name}.bias"])
        return str(self.op("LayerNormalization", rows, scale, shift, axis=-1, epsilon=EPSILON))

    def affine(self, rows: str, *names: str, bits: int | None = None) -> str:
        """Add one product with the matrices ``names`` side by side, and their biases."""
        matrix = np.concatenate([self._scaled(name, "weight") for name in names], axis=1)
        bias = self.constant(f"{names[0]}.bias", np.concatenate([self._scaled(name, "bias") for name in names]))
        name = f"{names[0]}.weight"
        if self.table_bits is None:
            return str(self.op("Add", self.op("MatMul", rows, self.constant(name, matrix)), bias))
        if rows not in self._quantised:
            self._quantised[rows] = self.op("DynamicQuantizeLinear", rows, outputs=3)
        activations, activation_scale, zero = self._quantised[rows]
        integers, scales = quantise(matrix, bits or self.bits, self.moments.get(name))
        product = self.op("MatMulInteger", activations, self.constant(name, integers), zero)
        scale = self.op("Mul", activation_scale, self.constant(f"{name}.scales", scales))
        product = self.op("Mul", self.op("Cast", product, to=TensorProto.FLOAT), scale)
        return str(self.op("Add", product, bias))

    def _scaled(self, name: str, part: str) -> npt.NDArray[np.float32]:
        values = self.weights[f"{name}.{part}"]
        # Attention divides by the root of a head's width: done here, in the weights.
        width = values.shape[-1] / self.heads
        return (values / np.sqrt(width)).astype(np.float32) if name.endswith("self.query") else values

    def model(self) -> onnx.ModelProto:
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"]) for name in _INPUTS]
        outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1])]
        graph = helper.make_graph(self.nodes, "reranker", inputs, outputs, list(self.constants.values()))
        opsets = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="bench.distill")
        onnx.checker.check_model(model)
        return model


def one_thread_session(model: onnx.ModelProto) -> ort.InferenceSession:
    """Return a session that computes a graph with one thread."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
