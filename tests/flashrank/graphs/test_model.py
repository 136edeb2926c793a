"""Graphs as they are read and written, against the onnx package's own reading."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from flashrank.graphs import wire
from flashrank.graphs.model import Node, read_graph
from flashrank.graphs.tensors import read_tensor, tensor_parts
from tests.conftest import FIXTURES

MODELS = sorted(path for path in FIXTURES.rglob("*.onnx") if path.stat().st_size > 1000 and path.parent.name != ".fast")
NAMES = [str(path.parent.relative_to(FIXTURES)) for path in MODELS]


def as_onnx_reads(attribute):
    """Return an attribute's value as it is read here."""
    value = helper.get_attribute_value(attribute)
    if attribute.type == onnx.AttributeProto.STRING:
        return value.decode()
    if attribute.type == onnx.AttributeProto.INTS:
        return tuple(value)
    return value


@pytest.mark.parametrize("path", MODELS, ids=NAMES)
def test_a_graph_is_read_as_onnx_reads_it(path):
    expected, found = onnx.load(str(path), load_external_data=False), read_graph(path.read_bytes())
    assert [(n.op, n.inputs, n.outputs, n.domain) for n in found.nodes] == [
        (n.op_type, tuple(n.input), tuple(n.output), n.domain) for n in expected.graph.node
    ]
    for node, other in zip(found.nodes, expected.graph.node, strict=True):
        for attribute in other.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                np.testing.assert_array_equal(node.attributes[attribute.name], numpy_helper.to_array(attribute.t))
            else:
                assert node.attributes[attribute.name] == as_onnx_reads(attribute)
    assert set(found.constants) == {tensor.name for tensor in expected.graph.initializer}
    for tensor in expected.graph.initializer:
        np.testing.assert_array_equal(found.constants[tensor.name], numpy_helper.to_array(tensor))
    assert found.opsets == {opset.domain: opset.version for opset in expected.opset_import}
    assert list(found.outputs) == [output.name for output in expected.graph.output]


@pytest.mark.parametrize("path", MODELS, ids=NAMES)
def test_what_is_written_is_the_same_model(path):
    written = onnx.load_from_string(read_graph(path.read_bytes()).to_bytes())
    onnx.checker.check_model(written)
    expected = onnx.load(str(path))
    assert list(written.graph.node) == list(expected.graph.node)
    assert {tensor.name: numpy_helper.to_array(tensor).tobytes() for tensor in written.graph.initializer} == {
        tensor.name: numpy_helper.to_array(tensor).tobytes() for tensor in expected.graph.initializer
    }


@pytest.mark.parametrize(
    "values", [[1.5, -2.0, 0.0], [1, -2, 2**40], [True, False, True]], ids=["floats", "integers", "truths"]
)
@pytest.mark.parametrize("raw", [True, False])
def test_tensors_of_either_form_are_read(values, raw):
    array = np.array(values, np.float32) if isinstance(values[0], float) else np.array(values)
    code = helper.np_dtype_to_tensor_dtype(array.dtype)
    proto = helper.make_tensor("t", code, [3, 1], array.tobytes() if raw else array.tolist(), raw=raw)
    name, found = read_tensor(proto.SerializeToString())
    assert (name, found.dtype, found.shape) == ("t", array.dtype, (3, 1))
    np.testing.assert_array_equal(found.reshape(-1), array)


def test_float16_of_either_form_is_read():
    array = np.array([1.5, -2.0, 65504.0], np.float16)
    for raw in (True, False):
        values = array.tobytes() if raw else array.tolist()
        proto = helper.make_tensor("t", TensorProto.FLOAT16, [3], values, raw=raw)
        np.testing.assert_array_equal(read_tensor(proto.SerializeToString())[1], array)


def test_a_node_before_one_that_it_depends_on_is_refused():
    nodes = [helper.make_node("Identity", ["b"], ["a"]), helper.make_node("Identity", ["a"], ["b"])]
    model = helper.make_model(helper.make_graph(nodes, "circle", [], []))
    with pytest.raises(ValueError, match="before one that it depends on"):
        read_graph(model.SerializeToString())


@pytest.mark.parametrize("dtype", ["f4", "u1", "i1", "i4", "i8", "f2", "f8"])
def test_an_array_is_written_as_onnx_reads_it(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    np.testing.assert_array_equal(
        numpy_helper.to_array(TensorProto.FromString(b"".join(tensor_parts("t", array)))), array
    )
    scalar = np.array(3, dtype)
    np.testing.assert_array_equal(
        numpy_helper.to_array(TensorProto.FromString(b"".join(tensor_parts("s", scalar)))), scalar
    )


def test_a_new_node_is_written_as_onnx_reads_it():
    settings = {"axis": -1, "epsilon": 0.5, "mode": "tanh", "sizes": (1, -2, 3), "value": np.array([1.0], np.float32)}
    node = onnx.NodeProto.FromString(Node("Op", ("a", "", "b"), ("c", "d"), settings, "com.example").to_bytes())
    assert (node.op_type, list(node.input), list(node.output), node.domain) == (
        "Op",
        ["a", "", "b"],
        ["c", "d"],
        "com.example",
    )
    found = {attribute.name: as_onnx_reads(attribute) for attribute in node.attribute}
    assert numpy_helper.to_array(found.pop("value")).tolist() == [1.0]
    assert found == {name: value for name, value in settings.items() if name != "value"}


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_come_back(value):
    (field,) = wire.fields(content := wire.number(3, value), 0, len(content))
    assert field[:2] == (3, wire.VARINT)
    assert wire.integer(content[field[2] : field[3]]) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_fields_or_an_error(data):
    try:
        for _, _, first, last in wire.fields(data, 0, len(data)):
            assert 0 < first <= last <= len(data)
    except ValueError:
        pass
