"""Finds the layers of a BERT-like encoder (arXiv:1810.04805) in the nodes of a graph.

Exporters write them in many ways. Here the matrices are read, and most of what lies between them. Whether that was read
rightly is checked by running the rewritten graph beside the model's own (``flashrank.scoring.fast``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from flashrank.graphs.attention import Attention, read_attention
from flashrank.graphs.model import Graph
from flashrank.graphs.patterns import Linear, Norm, read_activation, read_linear, read_norm
from flashrank.graphs.search import Search, both_ways
from flashrank.graphs.tensors import Array


@dataclass(frozen=True)
class Layer:
    """A layer of the encoder, normalised after each half as in BERT.

    Attributes:
        attention: What the first half begins with.
        attended: The product that follows it.
        attention_norm: Normalises its sum with the layer's input.
        widened: The first product of the second half.
        activation: ``Gelu``, ``FastGelu`` or ``Relu``.
        narrowed: The second product.
        norm: Normalises its sum with the second half's input, and gives the layer's output.
    """

    attention: Attention
    attended: Linear
    attention_norm: Norm
    widened: Linear
    activation: str
    narrowed: Linear
    norm: Norm

    @property
    def source(self) -> str:
        """Name of the layer's input."""
        return self.attention.query.source


@dataclass(frozen=True)
class Table:
    """Rows that are looked up.

    Attributes:
        rows: Of shape (entries, width): float32, int8 or uint8.
        scale: Of an 8-bit table: one value. None for a float32 table.
        zero_point: As ``scale``.
    """

    rows: Array
    scale: Array | None = None
    zero_point: Array | None = None


@dataclass(frozen=True)
class Embeddings:
    """BERT's embeddings: of the word pieces, of the two texts, and of the positions from 0 on.

    Attributes:
        words: By ``input_ids``.
        types: By ``token_type_ids``; None where there are none.
        positions: By position.
        norm: Normalises their sum.
    """

    words: Table
    types: Table | None
    positions: Table
    norm: Norm


@dataclass(frozen=True)
class Encoder:
    """What a graph does before its head.

    Attributes:
        layers: First to last.
        output: Name of the last one's output, of which only the first token is read.
        embeddings: What the first layer reads; None if they are not those of BERT, and stay as they are.
    """

    layers: tuple[Layer, ...]
    output: str
    embeddings: Embeddings | None


def recognise(graph: Graph) -> Encoder | None:
    """Return the encoder that a graph consists of, or None if it is not one that is known here."""
    find = Search(graph)
    for output in _first_tokens(find):
        layers: list[Layer] = []
        name = output
        while (layer := _read_layer(find, name)) is not None:
            layers.insert(0, layer)
            name = layer.source
        if layers:
            return Encoder(tuple(layers), output, _read_embeddings(find, name))
    return None


def _first_tokens(find: Search) -> Iterator[str]:
    """Yield the tensors of which only the first token is read."""
    for node in find.graph.nodes:
        constants = [find.constant(name) for name in node.inputs[1:]]
        if node.op == "Gather" and node.attributes.get("axis", 0) == 1:
            picks = constants[0] is not None and constants[0].size == 1 and constants[0].item() == 0
        elif node.op == "Slice" and len(constants) >= 3:
            picked = [None if part is None else part.tolist() for part in constants]
            picks = picked in ([[0], [1], [1]], [[0], [1], [1], [1]])
        else:
            continue
        names = list(find.chain(node.inputs[0], "Identity"))
        if picks and all(len(find.graph.consumers[name]) == 1 and name not in find.graph.outputs for name in names):
            yield names[-1]


def _read_layer(find: Search, output: str) -> Layer | None:
    norm = read_norm(find, output)
    for narrowed, middle in _sums(find, norm.source) if norm else ():
        activated = read_activation(find, narrowed.source)
        widened = read_linear(find, activated[1]) if activated else None
        attention_norm = read_norm(find, middle)
        if norm is None or activated is None or widened is None or widened.source != middle or attention_norm is None:
            continue
        for attended, source in _sums(find, attention_norm.source):
            attention = read_attention(find, attended.source)
            if attention is not None and attention.query.source == source:
                return Layer(attention, attended, attention_norm, widened, activated[0], narrowed, norm)
    return None


def _sums(find: Search, name: str) -> Iterator[tuple[Linear, str]]:
    """Yield each product that a tensor is the sum of, and the name of what is added to it."""
    node = find.producer(name)
    for one, other in both_ways(node) if node is not None and node.op == "Add" else ():
        linear = read_linear(find, one)
        if linear is not None and find.constant(other) is None:
            yield linear, find.through(other, "Identity")


def _read_embeddings(find: Search, name: str) -> Embeddings | None:
    norm = read_norm(find, name)
    if norm is None:
        return None
    found: dict[str, Table] = {}
    for term in _terms(find, norm.source):
        table, indices = _read_table(find, term)
        if table is None or table.rows.ndim != 2:
            return None
        behind = set(find.behind(indices))
        inputs = behind & set(find.graph.inputs)
        kind = indices if indices in ("input_ids", "token_type_ids") else "" if inputs else "positions"
        if not kind or kind in found or (kind == "positions" and not _counts_from_0(find, indices)):
            return None
        found[kind] = table
    if not {"input_ids", "positions"} <= set(found):
        return None
    return Embeddings(found["input_ids"], found.get("token_type_ids"), found["positions"], norm)


def _terms(find: Search, name: str) -> Iterator[str]:
    node = find.producer(find.through(name, "Identity"))
    if node is not None and node.op == "Add":
        for part in node.inputs:
            yield from _terms(find, part)
    else:
        yield name


def _read_table(find: Search, name: str) -> tuple[Table | None, str]:
    """Return the table whose rows a tensor holds, and the name of the tensor with their numbers."""
    node = find.producer(find.through(name, "Identity"))
    scale = zero_point = None
    if node is not None and node.op == "DequantizeLinear" and len(node.inputs) == 3:
        scale, zero_point = (find.constant(part) for part in node.inputs[1:])
        if scale is None or scale.size != 1 or zero_point is None:
            return None, ""
        node = find.producer(node.inputs[0])
    if node is None or node.op != "Gather" or node.attributes.get("axis", 0) != 0:
        return None, ""
    rows = find.constant(node.inputs[0])
    fits = rows is not None and (rows.dtype == np.float32) == (scale is None)
    return (Table(rows, scale, zero_point) if rows is not None and fits else None), node.inputs[1]


def _counts_from_0(find: Search, name: str) -> bool:
    """Tell whether a tensor's values are 0, 1, 2, ... for as many as there are tokens."""
    node = find.producer(find.through(name, "Unsqueeze", "Identity", "Cast"))
    if node is None or not node.inputs:
        return False
    if node.op == "Range":
        start, step = find.constant(node.inputs[0]), find.constant(node.inputs[2])
        return start is not None and step is not None and [start.item(), step.item()] == [0, 1]
    counted = find.constant(node.inputs[0]) if node.op == "Slice" and len(node.inputs) >= 4 else None
    start, axes = (find.constant(node.inputs[i]) for i in (1, 3)) if counted is not None else (None, None)
    if counted is None or start is None or axes is None or len(counted) != 1:
        return False
    counts = list(range(counted.size))
    return [start.tolist(), axes.tolist(), counted.tolist()] == [[0], [1], [counts]]
