"""What a few nodes of a graph compute together: a product with a matrix, a normalisation, an activation.

Each is written in several ways: by several exporters in several releases, in float32 or with the int8 products of
onnxruntime's dynamic quantisation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from flashrank.graphs.search import Search, both_ways
from flashrank.graphs.tensors import Array

#: How deep the products of an activation are nested at most.
_DEEPEST_PRODUCT = 4


@dataclass(frozen=True)
class Linear:
    """A product with a matrix of constants, and a vector added.

    Attributes:
        source: Name of the tensor that is multiplied.
        weight: Of shape (inputs, outputs): float32, or int8 or uint8 where activations are quantised too.
        bias: Of shape (outputs,), float32.
        scale: Of an 8-bit matrix: one value, or one per output. None for a float32 matrix.
        zero_point: As many values as ``scale``.
    """

    source: str
    weight: Array
    bias: Array
    scale: Array | None = None
    zero_point: Array | None = None


@dataclass(frozen=True)
class Norm:
    """Layer normalisation over the last axis.

    Attributes:
        source: Name of the tensor that is normalised.
        weight: Of shape (width,), float32.
        bias: Of the same shape.
        epsilon: Added to the variance.
    """

    source: str
    weight: Array
    bias: Array
    epsilon: float


def read_linear(find: Search, name: str) -> Linear | None:
    """Return the product whose result a tensor is, or None if it is the result of none."""
    node = find.producer(find.through(name, "Identity"))
    if node is None:
        return None
    if node.op == "Gemm" and len(node.inputs) == 3:
        weight, bias = (find.constant(part) for part in node.inputs[1:])
        settings = node.attributes
        plain = (settings.get("alpha", 1.0), settings.get("beta", 1.0), settings.get("transA", 0)) == (1.0, 1.0, 0)
        if weight is None or bias is None or not plain:
            return None
        return Linear(node.inputs[0], weight.T if settings.get("transB", 0) else weight, bias)
    product, bias = find.with_constant(name, "Add")
    return None if bias is None or bias.ndim != 1 else _read_product(find, find.through(product, "Identity"), bias)


def _read_product(find: Search, name: str, bias: Array) -> Linear | None:
    node = find.producer(name)
    if node is not None and node.op == "MatMul":
        weight = find.constant(node.inputs[1])
        if weight is None or weight.ndim != 2 or weight.dtype != np.float32:
            return None
        return Linear(find.through(node.inputs[0], "Identity"), weight, bias)
    for product, scales in both_ways(node) if node is not None and node.op == "Mul" else ():
        integers = find.producer(find.through(product, "Cast"))
        _, scale = find.with_constant(scales, "Mul")
        if integers is None or integers.op != "MatMulInteger" or scale is None:
            continue
        quantised = find.producer(integers.inputs[0])
        weight = find.constant(integers.inputs[1])
        if quantised is None or quantised.op != "DynamicQuantizeLinear" or weight is None or weight.ndim != 2:
            continue
        zero_point = find.constant(integers.inputs[3]) if len(integers.inputs) > 3 else None
        if zero_point is None:
            zero_point = np.zeros(scale.shape, weight.dtype)
        return Linear(find.through(quantised.inputs[0], "Identity"), weight, bias, scale, zero_point)
    return None


def read_norm(find: Search, name: str) -> Norm | None:
    """Return the normalisation whose result a tensor is, or None if it is the result of none."""
    node = find.producer(find.through(name, "Identity"))
    if node is not None and node.op == "LayerNormalization" and len(node.inputs) == 3:
        weight, bias = (find.constant(part) for part in node.inputs[1:])
        epsilon = node.attributes.get("epsilon", 1e-5)
        if weight is None or bias is None or not isinstance(epsilon, float) or node.attributes.get("axis", -1) != -1:
            return None
        return Norm(node.inputs[0], weight, bias, epsilon)
    scaled, bias = find.with_constant(name, "Add")
    divided, weight = find.with_constant(scaled, "Mul")
    division = find.producer(divided)
    if bias is None or weight is None or division is None or division.op != "Div":
        return None
    centred, root = (find.producer(find.through(part, "Identity")) for part in division.inputs)
    if centred is None or centred.op != "Sub" or root is None or root.op != "Sqrt":
        return None
    _, added = find.with_constant(root.inputs[0], "Add")
    mean = find.producer(centred.inputs[1])
    if added is None or mean is None or mean.op != "ReduceMean" or mean.inputs[0] != centred.inputs[0]:
        return None
    return Norm(find.through(centred.inputs[0], "Identity"), weight, bias, float(added.item()))


def read_activation(find: Search, name: str) -> tuple[str, str] | None:
    """Return the activation whose result a tensor is, ``Gelu``, ``FastGelu`` or ``Relu``, and the name of its input.

    ``FastGelu`` is the approximation of Gelu (arXiv:1606.08415) by a hyperbolic tangent.
    """
    node = find.producer(find.through(name, "Identity"))
    if node is None:
        return None
    if node.op == "Gelu":
        return ("FastGelu" if node.attributes.get("approximate") == "tanh" else "Gelu"), node.inputs[0]
    if node.op in ("FastGelu", "Relu") and len(node.inputs) == 1:
        return node.op, node.inputs[0]
    factors = list(_factors(find, node.outputs[0], _DEEPEST_PRODUCT))
    for factor in factors:
        curve, one = find.with_constant(factor, "Add")
        bent = find.producer(curve)
        if one is None or one.size != 1 or one.item() != 1 or bent is None or bent.op not in ("Erf", "Tanh"):
            continue
        rest = [other for other in factors if other != factor and find.constant(other) is None]
        if len(rest) == 1:
            return ("Gelu" if bent.op == "Erf" else "FastGelu"), rest[0]
    return None


def _factors(find: Search, name: str, most: int) -> Iterator[str]:
    """Yield the factors of a product. A factor that is itself a product is split too, at most ``most`` deep."""
    node = find.producer(name)
    if most and node is not None and node.op == "Mul":
        for part in node.inputs:
            yield from _factors(find, part, most - 1)
    else:
        yield name
