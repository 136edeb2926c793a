"""The layers of a BERT-like encoder as few operations, each of which onnxruntime has a fast kernel for.

How it differs from an exported graph: there is no mask, as there is no padding; queries, keys and values are one
product, so that activations are quantised once; attention is fused; the last layer is run for the first token only.
Operators of the domain ``com.microsoft`` are documented in onnxruntime's ContribOperators.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from flashrank.graphs.model import Attribute, Graph, Node
from flashrank.graphs.patterns import Linear, Norm
from flashrank.graphs.recognise import Embeddings, Encoder, Layer, Table
from flashrank.graphs.tensors import Array

_MICROSOFT = "com.microsoft"
#: Prefix of the names of new tensors.
_NEW = "flashrank/"
_NONE: Mapping[str, Attribute] = MappingProxyType({})


def rebuilt(graph: Graph, encoder: Encoder) -> Graph:
    """Return the graph with its encoder built anew, for one pair without padding.

    Args:
        graph: The graph that ``encoder`` was recognised in. What else it has stays as it is.
        encoder: Its layers, and its embeddings where they are known.
    """
    builder = _Builder(graph.opsets.get("", 1))
    name = builder.embed(encoder.embeddings) if encoder.embeddings else encoder.layers[0].source
    *others, last = encoder.layers
    for layer in others:
        name = builder.layer(name, layer)
    builder.layer(name, last, output=encoder.output)
    before = [node for node in graph.nodes if encoder.output not in node.outputs]
    # What reads the encoder's output comes after it; all else that is needed comes before.
    after = _dependants(before, encoder.output)
    later = set(map(id, after))
    first = [node for node in before if id(node) not in later]
    nodes = _needed([*first, *builder.nodes, *after], set(graph.outputs))
    used = {name for node in nodes for name in node.inputs}
    constants = {**graph.constants, **builder.constants}
    return replace(
        graph,
        nodes=tuple(nodes),
        constants={name: array for name, array in constants.items() if name in used},
        inputs={name: info for name, info in graph.inputs.items() if name in used},
        opsets={**graph.opsets, _MICROSOFT: 1},
    )


def _dependants(nodes: list[Node], name: str) -> list[Node]:
    """Return the nodes that depend on a tensor, in their order."""
    names, found = {name}, []
    for node in nodes:
        if names.intersection(node.inputs):
            names.update(node.outputs)
            found.append(node)
    return found


def _needed(nodes: list[Node], outputs: set[str]) -> list[Node]:
    """Return the nodes that the outputs depend on."""
    needed, kept = set(outputs), []
    for node in reversed(nodes):
        if needed.intersection(node.outputs):
            kept.append(node)
            needed.update(node.inputs)
    return kept[::-1]


class _Builder:
    """Collects nodes and constants.

    Args:
        opset: Version of ONNX's own operators: ``Split`` differs between them.
    """

    def __init__(self, opset: int) -> None:
        self.opset = opset
        self.nodes: list[Node] = []
        self.constants: dict[str, Array] = {}

    def embed(self, embeddings: Embeddings) -> str:
        """Add the embeddings and return the name of their normalised sum."""
        table = embeddings.words
        summed = self._add("Gather", self._constant(table.rows), "input_ids")
        if table.scale is not None and table.zero_point is not None:
            scale, zero_point = (self._constant(value.reshape(())) for value in (table.scale, table.zero_point))
            summed = self._add("DequantizeLinear", summed, scale, zero_point)
        if embeddings.types is not None:
            types = self._add("Gather", self._constant(_as_float(embeddings.types)), "token_type_ids")
            summed = self._add("Add", summed, types)
        shape = self._add("Shape", "input_ids")
        length = self._add("Gather", shape, self._constant(np.array([1], np.int64)))
        positions = self._slice(self._constant(_as_float(embeddings.positions)), axis=0, end=length)
        return self._norm(self._add("Add", summed, positions), embeddings.norm)

    def layer(self, source: str, layer: Layer, output: str = "") -> str:
        """Add a layer and return its output's name. Where ``output`` is that name, only the first token is computed."""
        attention, rows = layer.attention, source
        if output:
            rows = self._slice(source, axis=1, end=1)
            query = self._linear(rows, attention.query)
            key, value = self._split(self._linear(source, _side_by_side(attention.key, attention.value)), 2)
        else:
            together = _side_by_side(attention.query, attention.key, attention.value)
            query, key, value = self._split(self._linear(source, together), 3)
        settings: dict[str, Attribute] = {"num_heads": attention.heads, "scale": attention.scale}
        context = self._add("MultiHeadAttention", query, key, value, domain=_MICROSOFT, settings=settings)
        middle = self._norm(self._add("Add", self._linear(context, layer.attended), rows), layer.attention_norm)
        domain = "" if layer.activation == "Relu" else _MICROSOFT
        activated = self._add(layer.activation, self._linear(middle, layer.widened), domain=domain)
        return self._norm(self._add("Add", self._linear(activated, layer.narrowed), middle), layer.norm, output)

    def _linear(self, source: str, linear: Linear) -> str:
        weight, bias = self._constant(linear.weight), self._constant(linear.bias)
        if linear.scale is None or linear.zero_point is None:
            return self._add("Add", self._add("MatMul", source, weight), bias)
        zero_point = self._constant(linear.zero_point) if linear.zero_point.any() else ""
        scale = self._constant(linear.scale)
        return self._add("DynamicQuantizeMatMul", source, weight, scale, zero_point, bias, domain=_MICROSOFT)

    def _norm(self, source: str, norm: Norm, output: str = "") -> str:
        weight, bias = self._constant(norm.weight), self._constant(norm.bias)
        # ONNX has this operator since opset 17; onnxruntime has it in earlier ones too.
        return self._add(
            "LayerNormalization", source, weight, bias, output=output, settings={"axis": -1, "epsilon": norm.epsilon}
        )

    def _split(self, source: str, parts: int) -> list[str]:
        names = [f"{_NEW}{len(self.nodes)}/{part}" for part in range(parts)]
        # Without lengths the parts are equal; since opset 18 their number is required.
        settings = {"axis": 2, "num_outputs": parts} if self.opset >= 18 else {"axis": 2}
        self.nodes.append(Node("Split", (source,), tuple(names), settings))
        return names

    def _slice(self, source: str, axis: int, end: int | str) -> str:
        """Add the beginning of a tensor along one axis; an ``end`` that is a name is a tensor of one number."""
        start, axes = (self._constant(np.array([number], np.int64)) for number in (0, axis))
        end = end if isinstance(end, str) else self._constant(np.array([end], np.int64))
        return self._add("Slice", source, start, end, axes)

    def _add(
        self, op: str, *inputs: str, domain: str = "", output: str = "", settings: Mapping[str, Attribute] = _NONE
    ) -> str:
        output = output or f"{_NEW}{len(self.nodes)}"
        self.nodes.append(Node(op, inputs, (output,), settings, domain))
        return output

    def _constant(self, array: Array) -> str:
        name = f"{_NEW}constant/{len(self.constants)}"
        self.constants[name] = array
        return name


def _as_float(table: Table) -> Array:
    if table.scale is None or table.zero_point is None:
        return table.rows
    return (table.rows.astype(np.float32) - table.zero_point.astype(np.float32)) * table.scale


def _side_by_side(*linears: Linear) -> Linear:
    """Return several products of one tensor as one product: their matrices stand side by side."""
    weight = np.concatenate([linear.weight for linear in linears], axis=1)
    bias = np.concatenate([linear.bias for linear in linears])
    together = replace(linears[0], weight=weight, bias=bias)
    if together.scale is None:
        return together
    scale, zero_point = (
        np.concatenate([_per_output(linear, name) for linear in linears]) for name in ("scale", "zero_point")
    )
    return replace(together, scale=scale, zero_point=zero_point)


def _per_output(linear: Linear, name: str) -> Array:
    """Return the scale or the zero point of a matrix, one value per output."""
    values = np.asarray(getattr(linear, name))
    return np.broadcast_to(values.reshape(-1), linear.bias.shape)
