"""The encoder of flan-T5 with random weights and a ranking head, as an exporter writes it and a quantiser leaves it.

Layers are normalised before instead of after, without a mean or a bias; attention scores are not scaled, and a bias
of each head by the distance of two tokens, in 32 buckets, is added to them; the feed-forward network is gated.
"""

from __future__ import annotations

import math

import onnx

from bench.experiment.random_shape import Shape
from bench.random_models.graph_builder import FLOAT, HIDDEN, INT64, GraphBuilder

INPUTS = ("input_ids", "attention_mask")
#: Buckets of distances for tokens before, and as many for tokens after; half of them for exact distances.
_BUCKETS, _EXACT, _FARTHEST = 16, 8, 128


def t5_encoder(shape: Shape, seed: int) -> onnx.ModelProto:
    """Return the graph of a T5 encoder whose first token is scored by one linear layer."""
    graph = GraphBuilder(seed)
    rows = graph.table(shape.vocabulary, shape.hidden_size, "input_ids")
    bias = graph.op("Add", _distances(graph, shape), _mask(graph))
    for _ in range(shape.layers):
        rows = graph.op("Add", rows, _attention(graph, shape, rows, bias))
        rows = graph.op("Add", rows, _network(graph, shape, rows))
    first = graph.op("Gather", _normalised(graph, rows, shape.hidden_size), graph.number(0), axis=1)
    return graph.model(INPUTS, graph.dense(first, shape.hidden_size, 1, bias=True, name="logits"))


def _mask(graph: GraphBuilder) -> str:
    expanded = graph.op("Unsqueeze", graph.op("Unsqueeze", "attention_mask", graph.integers(1)), graph.integers(2))
    padding = graph.op("Sub", graph.constant(1.0), graph.op("Cast", expanded, to=FLOAT))
    return str(graph.op("Mul", padding, graph.constant(HIDDEN)))


def _distances(graph: GraphBuilder, shape: Shape) -> str:
    """Add the bias of every head for every pair of tokens, made once for all layers."""
    places = graph.op("Range", graph.number(0), graph.size("input_ids", 1), graph.number(1))
    queries, keys = (graph.op("Unsqueeze", places, graph.integers(axis)) for axis in (1, 0))
    distance = graph.op("Sub", keys, queries)
    later = graph.op("Cast", graph.op("Greater", distance, graph.number(0)), to=INT64)
    later = graph.op("Mul", later, graph.number(_BUCKETS))
    distance = graph.op("Abs", distance)
    ratio = graph.op("Log", graph.op("Div", graph.op("Cast", distance, to=FLOAT), graph.constant(_EXACT)))
    share = graph.op("Div", ratio, graph.constant(math.log(_FARTHEST / _EXACT)))
    far = graph.op("Cast", graph.op("Mul", share, graph.constant(_BUCKETS - _EXACT)), to=INT64)
    far = graph.op("Min", graph.op("Add", far, graph.number(_EXACT)), graph.number(_BUCKETS - 1))
    near = graph.op("Less", distance, graph.number(_EXACT))
    bucket = graph.op("Add", later, graph.op("Where", near, distance, far))
    bias = graph.op("Transpose", graph.table(2 * _BUCKETS, shape.heads, bucket), perm=[2, 0, 1])
    return str(graph.op("Unsqueeze", bias, graph.integers(0)))


def _attention(graph: GraphBuilder, shape: Shape, rows: str, bias: str) -> str:
    width = shape.hidden_size
    rows = _normalised(graph, rows, width)
    batch = graph.size(rows, 0)
    # What other models divide the scores by is in T5's weights.
    query = graph.dense(rows, width, width, bias=False, gain=(width / shape.heads) ** -0.5)
    key, value = (graph.dense(rows, width, width, bias=False) for _ in range(2))
    query, value = (graph.split(part, batch, shape, [0, 2, 1, 3]) for part in (query, value))
    scores = graph.op("MatMul", query, graph.split(key, batch, shape, [0, 2, 3, 1]))
    attention = graph.op("Softmax", graph.op("Add", scores, bias), axis=-1)
    mixed = graph.op("Transpose", graph.op("MatMul", attention, value), perm=[0, 2, 1, 3])
    sizes = graph.op("Concat", graph.listed(batch), graph.integers(-1), graph.integers(width), axis=0)
    return graph.dense(graph.op("Reshape", mixed, sizes, allowzero=0), width, width, bias=False)


def _network(graph: GraphBuilder, shape: Shape, rows: str) -> str:
    width, inner = shape.hidden_size, shape.intermediate_size
    rows = _normalised(graph, rows, width)
    gate, linear = (graph.dense(rows, width, inner, bias=False) for _ in range(2))
    return graph.dense(graph.op("Mul", _gelu(graph, gate), linear), inner, width, bias=False)


def _normalised(graph: GraphBuilder, rows: str, width: int) -> str:
    square = graph.op("ReduceMean", graph.op("Pow", rows, graph.constant(2.0)), axes=[-1])
    root = graph.op("Sqrt", graph.op("Add", square, graph.constant(1e-6)))
    scaled = graph.op("Mul", rows, graph.op("Div", graph.constant(1.0), root))
    return str(graph.op("Mul", graph.vector(width, mean=1.0), scaled))


def _gelu(graph: GraphBuilder, rows: str) -> str:
    """Add the approximation by a hyperbolic tangent, which is T5's."""
    cube = graph.op("Mul", graph.op("Pow", rows, graph.constant(3.0)), graph.constant(0.044715))
    inner = graph.op("Mul", graph.op("Add", rows, cube), graph.constant(math.sqrt(2 / math.pi)))
    half = graph.op("Mul", rows, graph.constant(0.5))
    return str(graph.op("Mul", half, graph.op("Add", graph.op("Tanh", inner), graph.constant(1.0))))
