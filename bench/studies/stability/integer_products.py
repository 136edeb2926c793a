"""8-bit products in the two ways that processors compute them: exactly, or with sums that saturate.

Where a processor multiplies 8-bit numbers without AVX-VNNI or AVX512-VNNI, onnxruntime's kernels for AVX2 and AVX-512
add the products of two neighbours along a row, unsigned activations times signed weights, in 16 bits (``pmaddubsw``). A
sum that does not fit becomes 32767 or -32768. With VNNI and with SSE all sums are exact. Both graphs made here give
the same numbers on every machine: none of their own products can saturate.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

_LOWEST, _HIGHEST = -(2**15), 2**15 - 1
_MOST = 255  # the largest activation
COUNTS = "saturation"
"""Second output of a saturating graph, int64 of shape (4,): the ``Counts`` of one run."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often the sums of a saturating graph do not fit.

    Attributes:
        sums: Sums of two products of 8-bit numbers.
        saturated: Those that do not fit 16 bits.
        values: Values that the sums add up to: the elements of the matrices' products.
        touched: Those that a saturated sum changes.
    """

    sums: int
    saturated: int
    values: int
    touched: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The places of a weight matrix whose two products may not fit 16 bits, ordered by column.

    Attributes:
        rows: The even row of each place.
        columns: Its column.
        upper: The weight in that row.
        lower: The weight in the row below.
    """

    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    upper: npt.NDArray[np.int32]
    lower: npt.NDArray[np.int32]


def may_saturate(weights: npt.NDArray[np.int8]) -> Neighbours:
    """Return the places whose sum can leave 16 bits with activations of 0 to 255.

    Args:
        weights: Of shape (K, N). A last row without a neighbour cannot saturate.
    """
    pairs = weights[: len(weights) // 2 * 2].astype(np.int32).reshape(-1, 2, weights.shape[1])
    highest = _MOST * np.maximum(pairs, 0).sum(axis=1)
    lowest = _MOST * np.minimum(pairs, 0).sum(axis=1)
    columns, rows = np.nonzero(((highest > _HIGHEST) | (lowest < _LOWEST)).T)
    return Neighbours(2 * rows, columns, pairs[rows, 0, columns], pairs[rows, 1, columns])


def signed_products(model: onnx.ModelProto) -> list[tuple[onnx.NodeProto, npt.NDArray[np.int8]]]:
    """Return the products of unsigned activations and constant signed weights, the only ones that can saturate."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer if tensor.data_type == TensorProto.INT8}
    quantised = {node.output[0] for node in model.graph.node if node.op_type == "DynamicQuantizeLinear"}
    return [
        (node, numpy_helper.to_array(weights[node.input[1]]))
        for node in model.graph.node
        if node.op_type == "MatMulInteger" and node.input[0] in quantised and node.input[1] in weights
    ]


def with_products(model: onnx.ModelProto, *, saturating: bool) -> onnx.ModelProto:
    """Return a copy of a model with 8-bit products whose integers are the same on every machine.

    Args:
        model: Of opset 13 or later, with at least one of ``signed_products``.
        saturating: Whether sums of two products saturate as those of AVX2 do, which adds the output ``COUNTS``.
    """
    model = copy.deepcopy(model)
    graph = model.graph
    products = {node.output[0]: (node, weights) for node, weights in signed_products(model)}
    builder = _Builder(graph)
    counts = []
    for node in graph.node:
        if node.output[0] not in products:
            builder.nodes.append(node)
            continue
        _, weights = products[node.output[0]]
        exact = builder.halved(node, weights)
        places = may_saturate(weights)
        if saturating:
            excess = builder.excess(node.input[0], places, weights.shape[1]) if len(places.rows) else None
            counts.append(builder.counts(exact, excess, len(weights)))
        if saturating and excess is not None:
            builder.nodes.append(helper.make_node("Sub", [exact, excess.lost], [node.output[0]]))
        else:
            builder.nodes.append(helper.make_node("Identity", [exact], [node.output[0]]))
    if saturating:
        builder.nodes.append(
            helper.make_node(
                "ReduceSum", [builder.stacked(counts), builder.constant(np.array([0]))], [COUNTS], keepdims=0
            )
        )
        graph.output.append(helper.make_tensor_value_info(COUNTS, TensorProto.INT64, [4]))
    nodes = builder.nodes
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)
    return model


@dataclass(frozen=True, slots=True)
class _Excess:
    """Names of tensors: what saturation takes from each value of a product, and from each sum."""

    lost: str
    over: str


class _Builder:
    """Nodes in the making; every method returns the name of what it adds."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self._graph = graph
        self._count = 0

    def halved(self, node: onnx.NodeProto, weights: npt.NDArray[np.int8]) -> str:
        """Add a product as the sum of two with half the weights: 255 times two of at most 64 always fits 16 bits."""
        half = (weights.astype(np.int16) // 2).astype(np.int8)
        activations, _, *zero_points = node.input
        first = self._add("MatMulInteger", [activations, self.constant(half), *zero_points])
        second = self._add("MatMulInteger", [activations, self.constant(weights - half), *zero_points[:1]])
        return self._add("Add", [first, second])

    def excess(self, activations: str, places: Neighbours, width: int) -> _Excess:
        """Add what saturation takes from a product with a matrix of ``width`` columns."""
        # A place of weight zero comes first, so that the running sum begins at zero.
        rows = np.concatenate([[0], places.rows])
        total = self._add(
            "Add",
            [
                self._add("Mul", [self._taken(activations, index), self.constant(np.pad(weights, (1, 0)))])
                for index, weights in ((rows, places.upper), (rows + 1, places.lower))
            ],
        )
        limits = [self.constant(np.array(limit, dtype=np.int32)) for limit in (_LOWEST, _HIGHEST)]
        over = self._add("Sub", [total, self._add("Clip", [total, *limits])])
        # What a column loses is the running sum at its last place less that at the last place before it. Should the
        # running sum leave 32 bits, both wrap around, and their difference is right.
        running = self._add("CumSum", [over, self.constant(np.array(-1))])
        ends = np.searchsorted(places.columns, np.arange(width), side="right")
        starts = np.concatenate([[0], ends[:-1]])
        lost = [self._add("Gather", [running, self.constant(index)], axis=-1) for index in (ends, starts)]
        return _Excess(self._add("Sub", lost), over)

    def counts(self, product: str, excess: _Excess | None, depth: int) -> str:
        """Add the four numbers of ``Counts`` for one product of matrices that have ``depth`` in common."""
        values = self._add("Reshape", [self._add("Size", [product]), self.constant(np.array([1]))])
        sums = self._add("Mul", [values, self.constant(np.array([(depth + 1) // 2]))])
        none = self.constant(np.array([0]))
        saturated, touched = (
            (none, none) if excess is None else (self._nonzero(excess.over), self._nonzero(excess.lost))
        )
        return self._add("Concat", [sums, saturated, values, touched], axis=0)

    def stacked(self, rows: list[str]) -> str:
        """Add some vectors of four as the rows of one matrix."""
        return self._add("Reshape", [self._add("Concat", rows, axis=0), self.constant(np.array([-1, 4]))])

    def _taken(self, activations: str, index: npt.NDArray[np.int64]) -> str:
        taken = self._add("Gather", [activations, self.constant(index)], axis=-1)
        return self._add("Cast", [taken], to=TensorProto.INT32)

    def _nonzero(self, tensor: str) -> str:
        ones = self._add("Cast", [self._add("Cast", [tensor], to=TensorProto.BOOL)], to=TensorProto.INT64)
        return self._add("Reshape", [self._add("ReduceSum", [ones], keepdims=0), self.constant(np.array([1]))])

    def _add(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [self._name()], **attributes))
        return str(self.nodes[-1].output[0])

    def constant(self, value: npt.NDArray[Any]) -> str:
        """Add a constant."""
        name = self._name()
        self._graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _name(self) -> str:
        self._count += 1
        return f"integer_products_{self._count}"
