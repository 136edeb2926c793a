"""What a model names as its external data, against the onnx package's own reading and onnxruntime's loading."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from flashrank.models.external_data import external_data, external_data_defect, stays_inside

OUTSIDE = [
    *("../secret", "sub/../../secret", "/etc/passwd", "..", "..\\secret", "C:\\secret", "C:secret", "\\secret", ""),
    "*/_ORT_MEM_ADDR_/*",
]
VALUES = np.arange(4, dtype=np.float32)


def tensor(location, *extra):
    """Return a tensor whose values are in a file."""
    made = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    for key, value in (*extra, ("location", location)):
        made.external_data.add(key=key, value=value)
    return made


def model(*tensors, nodes=(), functions=()):
    """Return a model that adds its last initializer to what it is given."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in "xy")
    graph = helper.make_graph([*nodes, helper.make_node("Add", ["x", "w"], ["y"])], "graph", [x], [y], tensors)
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9, functions=functions, doc_string="location"
    )


def nested(location, depth):
    """Return a node with a tensor in its graph's graph's graph's constant."""
    node = helper.make_node("Constant", [], ["w"], value=tensor(location))
    for _ in range(depth):
        node = helper.make_node("If", ["c"], ["w"], then_branch=helper.make_graph([node], "branch", [], []))
    return node


def sparse(location):
    made = onnx.SparseTensorProto(dims=[9])
    made.values.CopyFrom(tensor(location))
    made.indices.CopyFrom(tensor(f"{location}.indices"))
    return made


DAMAGED = model(tensor("w"), tensor("b"), nodes=[nested("n", 0)]).SerializeToString()


@pytest.fixture
def save(tmp_path):
    """Save a model and return its path."""

    def save(made, name="model.onnx"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(made if isinstance(made, bytes) else made.SerializeToString())
        return tmp_path / name

    return save


class TestReading:
    def test_a_model_without(self, save, fixtures):
        assert external_data(save(model(helper.make_tensor("w", TensorProto.FLOAT, [4], VALUES)))) == ()
        assert external_data(fixtures / "one-logit-int8" / "model.onnx") == ()

    def test_each_location_is_named_once_and_in_order(self, save):
        tensors = [tensor(location, ("offset", "0"), ("length", "16")) for location in ("b", "a/ü", "b")]
        assert external_data(save(model(*tensors))) == ("b", "a/ü")

    @pytest.mark.parametrize("depth", [0, 1, 3, 25])
    def test_a_tensor_in_a_node_is_found_at_any_depth(self, save, depth):
        assert external_data(save(model(nodes=[nested("deep", depth)]))) == ("deep",)

    def test_every_other_place_for_a_tensor(self, save):
        lists = helper.make_node("X", [], ["l"])
        lists.attribute.add(name="ts", type=onnx.AttributeProto.TENSORS).tensors.append(tensor("tensors"))
        inner = helper.make_graph([nested("graphs", 0)], "g", [], [])
        lists.attribute.add(name="gs", type=onnx.AttributeProto.GRAPHS).graphs.append(inner)
        lists.attribute.add(name="s", type=onnx.AttributeProto.SPARSE_TENSOR).sparse_tensor.CopyFrom(sparse("sparse"))
        lists.attribute.add(name="ss", type=onnx.AttributeProto.SPARSE_TENSORS).sparse_tensors.append(sparse("list"))
        opset = [helper.make_opsetid("", 17)]
        function = helper.make_function("d", "F", [], ["w"], [nested("function", 0)], opset)
        function.attribute_proto.add(name="a", type=onnx.AttributeProto.TENSOR).t.CopyFrom(tensor("default"))
        made = model(tensor("initializer"), nodes=[lists], functions=[function])
        made.graph.sparse_initializer.append(sparse("initial"))
        training = made.training_info.add()
        training.initialization.initializer.append(tensor("initialization"))
        training.algorithm.initializer.append(tensor("algorithm"))
        assert set(external_data(save(made))) == {
            *("tensors", "graphs", "sparse", "sparse.indices", "list", "list.indices", "function", "default"),
            *("initializer", "initial", "initial.indices", "initialization", "algorithm"),
        }

    def test_a_field_that_is_said_in_two_parts_is_read_in_both(self, save):
        parts = [model(tensor(name)).SerializeToString() for name in ("first", "second")]
        merged = onnx.ModelProto.FromString(b"".join(parts))
        assert [each.external_data[0].value for each in merged.graph.initializer] == ["first", "second"]
        assert external_data(save(b"".join(parts))) == ("first", "second")

    def test_a_location_without_a_value_is_empty_as_it_is_to_protobuf(self, save):
        made = model(tensor("w"))
        made.graph.initializer[0].external_data[0].ClearField("value")
        assert external_data(save(made)) == ("",)
        assert "outside its directory" in external_data_defect(save(made))

    def test_what_the_onnx_package_writes(self, tmp_path):
        made = model(helper.make_tensor("w", TensorProto.FLOAT, [4], VALUES.tobytes(), raw=True))
        path = tmp_path / "model.onnx"
        onnx.save(made, path, save_as_external_data=True, location="model.onnx_data", size_threshold=0)
        assert external_data(path) == ("model.onnx_data",)
        assert external_data_defect(path) is None

    @pytest.mark.parametrize("cut", [1, 2, 10])
    def test_a_truncated_model_is_refused(self, save, cut):
        with pytest.raises(ValueError, match="cut off"):
            external_data(save(model(tensor("w")).SerializeToString()[:-cut]))

    @settings(max_examples=400)
    @given(edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6), cut=st.integers(0, 40))
    def test_no_damage_hides_a_location_from_us_that_protobuf_sees(self, tmp_path_factory, edits, cut):
        data = bytearray(DAMAGED)
        for position, byte in edits:
            data[position % len(data)] = byte
        path = tmp_path_factory.getbasetemp() / "damaged.onnx"
        path.write_bytes(data[: len(data) - cut])
        try:
            made = onnx.ModelProto.FromString(path.read_bytes())
        except DecodeError:
            return
        nodes = (attribute.t for node in made.graph.node for attribute in node.attribute)
        entries = [entry for t in (*made.graph.initializer, *nodes) for entry in t.external_data]
        try:
            assert {entry.value for entry in entries if entry.key == "location"} <= set(external_data(path))
        except ValueError:  # we may refuse more than protobuf does
            return


class TestDefects:
    @pytest.mark.parametrize("location", OUTSIDE)
    def test_a_place_outside_is_refused(self, save, location):
        path = save(model(tensor(location)), "inside/model.onnx")
        for name in ("secret", "inside/..\\secret", "inside/C:\\secret", "inside/C:secret", "inside/\\secret"):
            (path.parents[1] / name).write_bytes(VALUES.tobytes())
        (path.parent / "*/_ORT_MEM_ADDR_").mkdir(parents=True)
        (path.parent / "*/_ORT_MEM_ADDR_/*").write_bytes(VALUES.tobytes())
        assert external_data_defect(path) == (
            f"model.onnx names {location!r} as its external data, which is outside its directory"
        )

    def test_a_missing_file_is_named(self, save):
        path = save(model(tensor("data/weights")))
        assert external_data_defect(path) == "data/weights, external data of model.onnx, is missing"

    def test_a_link_to_outside_is_refused(self, save):
        path = save(model(tensor("weights")), "inside/model.onnx")
        (path.parents[1] / "secret").write_bytes(VALUES.tobytes())
        (path.parent / "weights").symlink_to("../secret")
        assert external_data_defect(path) == (
            "weights, external data of model.onnx, is a link to outside its directory"
        )

    def test_the_hub_clients_cache_is_a_place_for_a_model(self, save, tmp_path):
        """Where the files of a model are links to files that lie together."""
        save(model(tensor("model.onnx_data")), "blobs/1")
        (tmp_path / "blobs/2").write_bytes(VALUES.tobytes())
        (tmp_path / "snapshot").mkdir()
        for link, blob in (("model.onnx", "1"), ("model.onnx_data", "2")):
            (tmp_path / "snapshot" / link).symlink_to(f"../blobs/{blob}")
        path = tmp_path / "snapshot" / "model.onnx"
        assert external_data_defect(path) is None
        assert run(path) == VALUES.tolist()

    @pytest.mark.parametrize("location", ["weights", "./weights", "sub/weights"])
    def test_what_is_accepted_can_be_loaded(self, save, location):
        path = save(model(tensor(location)))
        (path.parent / location).parent.mkdir(exist_ok=True)
        (path.parent / location).write_bytes(VALUES.tobytes())
        assert external_data_defect(path) is None
        assert run(path) == VALUES.tolist()


def run(path):
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.zeros(4, dtype=np.float32)})[0].tolist()


@given(location=st.text(st.sampled_from("./\\ab:")))
def test_what_stays_inside_does(location):
    if stays_inside(location):
        parts = location.replace("\\", "/").split("/")
        assert ".." not in parts
        assert parts[0] or not location
