"""Reading a graph backwards: from a tensor to the nodes and constants that it is made of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from flashrank.graphs.model import Graph, Node
from flashrank.graphs.tensors import Array


class Search:
    """Looks things up in a graph.

    Args:
        graph: Any.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def producer(self, name: str) -> Node | None:
        """Return the node that gives a tensor; None for an input or a constant."""
        return self.graph.producers.get(name)

    def constant(self, name: str) -> Array | None:
        """Return a tensor's values if they are constant."""
        if name in self.graph.constants:
            return self.graph.constants[name]
        node = self.producer(name)
        if node is None:
            return None
        if node.op == "Constant":
            value = node.attributes.get("value")
            return value if isinstance(value, np.ndarray) else None
        return self.constant(node.inputs[0]) if node.op == "Identity" else None

    def through(self, name: str, *ops: str) -> str:
        """Return the tensor behind a chain of nodes of these types, each followed to its first input."""
        *_, last = self.chain(name, *ops)
        return last

    def chain(self, name: str, *ops: str) -> Iterator[str]:
        """Yield a tensor, then those behind it as ``through`` passes them."""
        yield name
        while (node := self.producer(name)) is not None and node.op in ops:
            name = node.inputs[0]
            yield name

    def with_constant(self, name: str, op: str) -> tuple[str, Array | None]:
        """Return the inputs of a tensor that is ``op`` of two: the name of one, and the other, which is constant."""
        node = self.producer(self.through(name, "Identity"))
        if node is not None and node.op == op:
            for one, other in both_ways(node):
                if (constant := self.constant(other)) is not None:
                    return one, constant
        return "", None

    def behind(self, name: str) -> Iterator[str]:
        """Yield all tensors that a tensor's values depend on, but not those of which only the shape is used."""
        seen, waiting = set[str](), [name]
        while waiting:
            if (name := waiting.pop()) not in seen:
                seen.add(name)
                yield name
                node = self.producer(name)
                waiting += node.inputs if node is not None and node.op != "Shape" else ()


def both_ways(node: Node) -> tuple[tuple[str, str], ...]:
    """Return the two inputs of a node in either order; none if it has not two."""
    if len(node.inputs) != 2:
        return ()
    first, second = node.inputs
    return (first, second), (second, first)
