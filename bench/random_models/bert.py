"""BERT with random weights, operator by operator as the shipped ms-marco-MiniLM-L-12-v2 has it."""

from __future__ import annotations

import onnx

from bench.experiment.random_shape import Shape
from bench.random_models.graph_builder import BOOL, FLOAT, HIDDEN, GraphBuilder

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
POSITIONS = 512
_SEGMENTS = 2


def bert(shape: Shape, seed: int) -> onnx.ModelProto:
    """Return the graph of a BERT classifier with one logit."""
    graph = GraphBuilder(seed)
    length = graph.size("input_ids", 1)
    mask = _mask(graph, length)
    rows = _embeddings(graph, shape, length)
    for _ in range(shape.layers):
        rows = _layer(graph, shape, rows, mask)
    first = graph.op("Gather", rows, graph.number(0), axis=1)
    pooled = graph.op("Tanh", graph.dense(first, shape.hidden_size, shape.hidden_size, bias=True))
    return graph.model(INPUTS, graph.dense(pooled, shape.hidden_size, 1, bias=True, name="logits"))


def _mask(graph: GraphBuilder, queries: str) -> str:
    """Turn the attention mask into a number that is added to the attention score of every pair of tokens."""
    mask = "attention_mask"
    expanded = graph.op("Unsqueeze", graph.op("Unsqueeze", mask, graph.integers(1)), graph.integers(2))
    batch, length = (graph.listed(graph.size(mask, axis)) for axis in (0, 1))
    sizes = graph.op("Concat", batch, graph.integers(1), graph.listed(queries), length, axis=0)
    sizes = graph.op("Reshape", sizes, graph.integers(-1), allowzero=0)
    ones = graph.op("ConstantOfShape", graph.op("Shape", sizes), value=onnx.helper.make_tensor("one", 7, [1], [1]))
    unknown = graph.op("Equal", sizes, graph.op("Mul", ones, graph.number(-1)))
    expanded = graph.op("Expand", expanded, graph.op("Where", unknown, ones, sizes))
    padding = graph.op("Sub", graph.constant(1.0), graph.op("Cast", expanded, to=FLOAT))
    hidden = graph.op("Cast", graph.op("Cast", padding, to=BOOL), to=BOOL)
    return str(graph.op("Where", hidden, graph.constant(HIDDEN), padding))


def _embeddings(graph: GraphBuilder, shape: Shape, length: str) -> str:
    width = shape.hidden_size
    words = graph.table(shape.vocabulary, width, "input_ids")
    types = graph.table(_SEGMENTS, width, "token_type_ids")
    every = graph.constant([range(POSITIONS)], "int64")
    places = graph.op("Slice", every, graph.integers(0), graph.listed(length), graph.integers(1), graph.integers(1))
    rows = graph.op("Add", graph.op("Add", words, types), graph.table(POSITIONS, width, places))
    return _normalised(graph, rows, width)


def _layer(graph: GraphBuilder, shape: Shape, rows: str, mask: str) -> str:
    width = shape.hidden_size
    batch, length = graph.size(rows, 0), graph.size(rows, 1)
    query, key, value = (graph.dense(rows, width, width, bias=True) for _ in range(3))
    query, value = (graph.split(part, batch, shape, [0, 2, 1, 3]) for part in (query, value))
    key = graph.split(key, batch, shape, [0, 2, 3, 1])
    # Attention's division by the root of a head's width, half of it on either side.
    head = graph.op("Slice", graph.op("Shape", query), graph.integers(-1), graph.integers(2**63 - 1))
    root = graph.op("Sqrt", graph.op("Cast", head, to=FLOAT))
    scale = graph.op("Cast", graph.op("Div", graph.constant([1.0]), root), to=FLOAT)
    query, key = (graph.op("Mul", part, graph.op("Sqrt", scale)) for part in (query, key))
    scores = graph.op("Add", graph.op("MatMul", query, key), mask)
    mixed = graph.op("MatMul", graph.op("Softmax", scores, axis=-1), value)
    mixed = graph.op("Transpose", mixed, perm=[0, 2, 1, 3])
    sizes = graph.op("Concat", graph.listed(batch), graph.listed(length), graph.integers(width), axis=0)
    mixed = graph.dense(graph.op("Reshape", mixed, sizes, allowzero=0), width, width, bias=True)
    middle = _normalised(graph, graph.op("Add", mixed, rows), width)
    inner = _gelu(graph, graph.dense(middle, width, shape.intermediate_size, bias=True))
    outer = graph.dense(inner, shape.intermediate_size, width, bias=True)
    return _normalised(graph, graph.op("Add", outer, middle), width)


def _normalised(graph: GraphBuilder, rows: str, width: int) -> str:
    centred = graph.op("Sub", rows, graph.op("ReduceMean", rows, axes=[-1]))
    variance = graph.op("ReduceMean", graph.op("Pow", centred, graph.constant(2.0)), axes=[-1])
    deviation = graph.op("Sqrt", graph.op("Add", variance, graph.constant(1e-12)))
    scaled = graph.op("Mul", graph.op("Div", centred, deviation), graph.vector(width, mean=1.0))
    return str(graph.op("Add", scaled, graph.vector(width)))


def _gelu(graph: GraphBuilder, rows: str) -> str:
    error = graph.op("Erf", graph.op("Div", rows, graph.constant(2**0.5)))
    twice = graph.op("Mul", rows, graph.op("Add", error, graph.constant(1.0)))
    return str(graph.op("Mul", twice, graph.constant(0.5)))
