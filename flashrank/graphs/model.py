"""As much of an ONNX model as is read and written here: nodes, constants, inputs and outputs."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from flashrank.graphs import wire
from flashrank.graphs.tensors import Array, read_tensor, tensor_parts

Attribute = int | float | str | bytes | tuple[int, ...] | Array


@dataclass(frozen=True)
class Node:
    """An operation.

    Attributes:
        op: Its type, such as ``MatMul``.
        inputs: Names of the tensors that it takes; an empty name for one left out.
        outputs: Names of the tensors that it gives.
        attributes: Its attributes of the kinds that are read here; those of other kinds are in ``raw`` alone.
        domain: The operator's domain, empty for ONNX's own.
        raw: The message that it was read from, to be written again as it is.
    """

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    domain: str = ""
    raw: wire.Buffer = b""

    def to_bytes(self) -> wire.Buffer:
        """Return the node as a NodeProto."""
        if self.raw:
            return self.raw
        return b"".join(
            (
                *(wire.block(1, name) for name in self.inputs),
                *(wire.block(2, name) for name in self.outputs),
                wire.block(3, self.outputs[0]),
                wire.block(4, self.op),
                *(wire.block(5, _attribute(name, value)) for name, value in self.attributes.items()),
                wire.block(7, self.domain),
            )
        )


@dataclass(frozen=True)
class Graph:
    """A model's graph.

    Attributes:
        nodes: In an order in which they can be run.
        constants: Name -> array, of the initializers.
        inputs: Name -> the ValueInfoProto of each input that is no constant.
        outputs: The same of the outputs.
        opsets: Domain -> version.
        ir_version: Version of the file format.
    """

    nodes: tuple[Node, ...]
    constants: Mapping[str, Array]
    inputs: Mapping[str, wire.Buffer]
    outputs: Mapping[str, wire.Buffer]
    opsets: Mapping[str, int]
    ir_version: int

    @cached_property
    def producers(self) -> dict[str, Node]:
        """Tensor name -> the node that gives it."""
        return {name: node for node in self.nodes for name in node.outputs if name}

    @cached_property
    def consumers(self) -> dict[str, list[Node]]:
        """Tensor name -> the nodes that take it."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                found.setdefault(name, []).append(node)
        return found

    def to_bytes(self) -> bytes:
        """Return the graph as a ModelProto."""
        tensors = (wire.parts(5, *tensor_parts(name, array)) for name, array in self.constants.items())
        graph = wire.parts(
            7,
            *(wire.block(1, node.to_bytes()) for node in self.nodes),
            wire.block(2, "flashrank"),
            *chain.from_iterable(tensors),
            *(wire.block(11, info) for info in self.inputs.values()),
            *(wire.block(12, info) for info in self.outputs.values()),
        )
        opsets = (wire.block(1, domain) + wire.number(2, version) for domain, version in self.opsets.items())
        return b"".join(
            (
                wire.number(1, self.ir_version),
                wire.block(2, "flashrank"),
                *graph,
                *(wire.block(8, opset) for opset in opsets),
            )
        )


def read_graph(data: wire.Buffer) -> Graph:
    """Read a model. Of a memoryview, nothing large is copied: the graph's arrays and nodes are parts of it.

    Raises:
        ValueError: It is no ONNX model, or has what is not read here: functions, graphs within nodes, sparse tensors,
            external data.
    """
    model = wire.split(data)
    if 25 in model or len(model.get(7, ())) != 1:
        raise ValueError("functions, or not one graph")
    graph = wire.split(model[7][-1])
    if 15 in graph:
        raise ValueError("sparse tensors")
    constants = dict(read_tensor(tensor) for tensor in graph.get(5, ()))
    inputs = {name: info for name, info in map(_named, graph.get(11, ())) if name not in constants}
    nodes = tuple(_read_node(node) for node in graph.get(1, ()))
    known = {"", *constants, *inputs}
    for node in nodes:  # whoever follows tensors back through the nodes comes to an end
        if not known.issuperset(node.inputs):
            raise ValueError("a node before one that it depends on")
        known.update(node.outputs)
    return Graph(
        nodes=nodes,
        constants=constants,
        inputs=inputs,
        outputs=dict(map(_named, graph.get(12, ()))),
        opsets=dict(_read_opset(opset) for opset in model.get(8, ())),
        ir_version=wire.integer(model[1][-1]),
    )


def _named(info: wire.Buffer) -> tuple[str, wire.Buffer]:
    return wire.text(wire.split(info), 1), info


def _read_opset(data: wire.Buffer) -> tuple[str, int]:
    message = wire.split(data)
    domain = wire.text(message, 1)
    return "" if domain == "ai.onnx" else domain, wire.integer(message[2][-1])


def _read_node(data: wire.Buffer) -> Node:
    message = wire.split(data)
    return Node(
        op=wire.text(message, 4),
        inputs=wire.texts(message, 1),
        outputs=wire.texts(message, 2),
        attributes=dict(filter(None, map(_read_attribute, message.get(5, ())))),
        domain=wire.text(message, 7),
        raw=data,
    )


def _read_attribute(data: wire.Buffer) -> tuple[str, Attribute] | None:
    message = wire.split(data)
    kind = wire.integer(message[20][-1]) if 20 in message else 0
    name = wire.text(message, 1)
    if kind == 1:
        return name, float(struct.unpack("<f", message[2][-1])[0]) if 2 in message else 0.0
    if kind == 2:
        return name, wire.integer(message[3][-1]) if 3 in message else 0
    if kind == 3:
        return name, wire.text(message, 4)
    if kind == 4:
        return name, read_tensor(message[5][-1])[1]
    if kind == 7:
        return name, wire.integers(message.get(8, ()))
    if kind in (5, 10):  # such a graph may read any tensor of the one around it, unseen
        raise ValueError("a graph within a node")
    return None


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, float):
        content, kind = wire.real(2, value), 1
    elif isinstance(value, int):
        content, kind = wire.number(3, value), 2
    elif isinstance(value, str | bytes):
        content, kind = wire.block(4, value), 3
    elif isinstance(value, tuple):
        content, kind = b"".join(wire.number(8, each) for each in value), 7
    else:
        content, kind = wire.block(5, *tensor_parts("", value)), 4
    return wire.block(1, name) + content + wire.number(20, kind)
