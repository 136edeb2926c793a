"""Attention in a graph: the queries, keys and values behind it, its heads and its scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

from flashrank.graphs.model import Node
from flashrank.graphs.patterns import Linear, read_linear
from flashrank.graphs.search import Search, both_ways

#: Exporters put fewer nodes between the products of attention, and between them and its matrices.
_LONGEST_CHAIN = 8


@dataclass(frozen=True)
class Attention:
    """Multi-head self-attention without the product that follows it (arXiv:1706.03762).

    Attributes:
        query: Gives the queries of all heads.
        key: Gives the keys.
        value: Gives the values.
        heads: How many there are.
        scale: What a query's product with a key is multiplied by.
    """

    query: Linear
    key: Linear
    value: Linear
    heads: int
    scale: float


@dataclass(frozen=True)
class _Projection:
    """What gives the queries, keys or values of all heads.

    Attributes:
        linear: The product with a matrix.
        width: Of one head; 0 if it is not constant.
        factor: What the product is multiplied by; None if it is not constant.
    """

    linear: Linear
    width: int
    factor: float | None


def read_attention(find: Search, name: str) -> Attention | None:
    """Return the attention whose result a tensor is, or None if it is the result of none."""
    context = find.producer(find.through(name, "Identity", "Reshape", "Transpose"))
    if context is None or context.op != "MatMul":
        return None
    softmax = find.producer(find.through(context.inputs[0], "Identity", "Cast"))
    value = _read_projection(find, context.inputs[1])
    if softmax is None or softmax.op != "Softmax" or value is None:
        return None
    product, factor = _read_scores(find, softmax.inputs[0])
    if product is None:
        return None
    query, key = (_read_projection(find, name) for name in product.inputs)
    if query is None or key is None or not query.linear.source == key.linear.source == value.linear.source:
        return None
    if len({(part.linear.weight.dtype, part.linear.scale is None) for part in (query, key, value)}) > 1:
        return None
    heads, rest = divmod(query.linear.weight.shape[1], value.width or 1)
    if not value.width or rest:
        return None
    # A factor that is computed from a shape is that of scaled attention, whichever tensors it is spread over.
    factors = [each for each in (factor, query.factor, key.factor) if each is not None]
    scale = math.prod(factors) if len(factors) == 3 else 1 / math.sqrt(value.width)
    return Attention(query.linear, key.linear, value.linear, heads, scale)


def _read_scores(find: Search, name: str) -> tuple[Node | None, float | None]:
    """Return the product of queries and keys behind a softmax, and what it is multiplied by."""
    factor: float | None = 1.0
    for _ in range(_LONGEST_CHAIN):
        node = find.producer(find.through(name, "Identity", "Cast"))
        if node is None:
            break
        if node.op == "MatMul":
            return node, factor
        if node.op == "Add":  # a mask changes nothing where there is no padding; anything else would
            masked = (one for one, other in both_ways(node) if _is_mask(find, other) and not _is_mask(find, one))
            name = next(masked, "")
        elif node.op in ("Mul", "Div"):
            name, by = _read_factor(find, node)
            factor = None if factor is None or by is None else factor * by
        else:
            break
    return None, None


def _is_mask(find: Search, name: str) -> bool:
    """Tell whether a tensor comes from the mask of padding, and from no weights."""
    behind = set(find.behind(name))
    weights = any(constant.ndim > 1 for part in behind if (constant := find.graph.constants.get(part)) is not None)
    return "attention_mask" in behind and not weights


def _read_projection(find: Search, name: str) -> _Projection | None:
    factor: float | None = 1.0
    width = 0
    for _ in range(_LONGEST_CHAIN):
        if (linear := read_linear(find, name)) is not None:
            return _Projection(linear, width, factor)
        node = find.producer(name)
        if node is None:
            return None
        if node.op == "Reshape":
            width = _last_length(find, node.inputs[1]) or width
            name = node.inputs[0]
        elif node.op in ("Transpose", "Identity", "Cast"):
            name = node.inputs[0]
        elif node.op in ("Mul", "Div"):
            name, by = _read_factor(find, node)
            factor = None if factor is None or by is None else factor * by
        else:
            return None
    return None


def _read_factor(find: Search, node: Node) -> tuple[str, float | None]:
    """Return what a Mul or Div multiplies, and by how much; None for a factor that is computed from a shape."""
    for name, other in both_ways(node)[: 2 if node.op == "Mul" else 1]:
        constant = find.constant(other)
        if constant is not None and constant.size == 1:
            factor = float(constant.item())
            return name, factor if node.op == "Mul" else 1 / factor
    return node.inputs[0], None


def _last_length(find: Search, name: str) -> int:
    """Return the last length of a shape, 0 if it is not constant."""
    node = find.producer(name)
    if node is not None and node.op == "Concat":
        name = node.inputs[-1]
    shape = find.constant(name)
    return 0 if shape is None or not shape.size else max(0, int(shape.reshape(-1)[-1]))
