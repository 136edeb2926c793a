"""Rewritten graphs against the models that they were made from, run by onnxruntime."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from flashrank.graphs.model import Graph, Node
from flashrank.graphs.patterns import read_activation
from flashrank.graphs.rewrite import rewrite
from flashrank.graphs.search import Search
from tests.conftest import FIXTURES

#: Of every kind of encoder that is known: its float32 and int8 files.
KNOWN = [
    *(f"architectures/{name}" for name in ("bert", "distilbert", "electra", "roberta", "xlm-roberta")),
    *(f"multilingual/{name}" for name in ("multibert-cased", "multibert-uncased", "xlm-roberta")),
    *("one-logit-fp32", "one-logit-int8", "two-logits-int8"),
]
UNKNOWN = [
    *(f"architectures/{name}" for name in ("deberta-v2", "modernbert", "t5", "t5-encoder")),
    *("nan-logits", "no-token-types"),
]


def file_of(name):
    return FIXTURES / name / "model.onnx"


def logits(model, ids, types):
    """Return the logits of one pair without padding."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
    return session.run(None, {node.name: feed[node.name] for node in session.get_inputs()})[0]


def pairs(longest=60):
    """Yield token ids and the number of the text that each is of, for pairs of several lengths."""
    random = np.random.default_rng(7)
    for length in (2, 3, 8, 21, longest):
        ids = random.integers(5, 60, (1, length))
        yield ids, (np.arange(length)[np.newaxis] >= length // 2).astype(np.int64)


@pytest.mark.parametrize("name", KNOWN)
def test_a_rewritten_graph_gives_the_logits_of_the_model(name):
    rewritten = rewrite(file_of(name))
    assert rewritten is not None
    for ids, types in pairs():
        expected, found = logits(str(file_of(name)), ids, types), logits(rewritten, ids, types)
        assert found.shape == expected.shape
        # Activations of int8 models are rounded: a last digit before is a step of it after.
        tolerance = 0.15 if "int8" in name else 1e-5
        np.testing.assert_allclose(found, expected, atol=tolerance, rtol=1e-5)


@pytest.mark.parametrize("name", KNOWN)
def test_a_rewritten_graph_has_no_mask_and_few_operations(name):
    before, after = onnx.load(str(file_of(name))), onnx.load_from_string(rewrite(file_of(name)))
    assert "attention_mask" not in [node.name for node in after.graph.input]
    operations = [node.op_type for node in after.graph.node]
    layers = operations.count("MultiHeadAttention")
    assert layers == len([node for node in before.graph.node if node.op_type == "Softmax"])
    assert "Softmax" not in operations
    assert len(operations) < len(before.graph.node) / 2


@pytest.mark.parametrize("name", ["one-logit-fp32", "one-logit-int8"])
def test_the_last_layer_is_run_on_the_first_token_alone(name):
    """The shape of what its second half gives is inferred by running it."""
    model = onnx.load_from_string(rewrite(file_of(name)))
    inner = [node for node in model.graph.node if node.op_type == "Gelu"]
    for node in inner:
        model.graph.output.append(helper.make_tensor_value_info(node.output[0], TensorProto.FLOAT, None))
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    ids = np.full((1, 9), 7)
    feed = {"input_ids": ids, "token_type_ids": np.zeros_like(ids)}
    _, *widened = session.run(None, {node.name: feed[node.name] for node in session.get_inputs()})
    assert [array.shape[1] for array in widened] == [9, 1]


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_left_as_it_is(name):
    (path,) = (FIXTURES / name).glob("*.onnx")
    assert rewrite(path) is None


def test_a_bias_of_attention_that_is_no_mask_is_not_dropped(tmp_path):
    """A layer whose scores a constant is added to stays as it is; those after it are rewritten."""
    model = onnx.load(str(file_of("one-logit-fp32")))
    softmax = next(node for node in model.graph.node if node.op_type == "Softmax")
    model.graph.initializer.append(helper.make_tensor("slope", TensorProto.FLOAT, [9], np.arange(9) / 3))
    biased = helper.make_node("Add", [softmax.input[0], "slope"], ["biased"])
    model.graph.node.insert(list(model.graph.node).index(softmax), biased)
    softmax.input[0] = "biased"
    onnx.save(model, str(path := tmp_path / "model.onnx"))
    rewritten = rewrite(path)
    operations = [node.op_type for node in onnx.load_from_string(rewritten).graph.node]
    assert (operations.count("Softmax"), operations.count("MultiHeadAttention")) == (1, 1)
    ids = np.arange(10, 19)[np.newaxis]
    expected = logits(str(path), ids, np.zeros_like(ids))
    np.testing.assert_allclose(logits(rewritten, ids, np.zeros_like(ids)), expected, atol=1e-5)
    assert np.abs(logits(str(file_of("one-logit-fp32")), ids, np.zeros_like(ids)) - expected).max() > 1e-3


def test_a_layer_that_is_read_from_elsewhere_too_is_left_as_it_is(tmp_path):
    model = onnx.load(str(file_of("one-logit-fp32")))
    first = next(node for node in model.graph.node if node.op_type == "Gather" and "pooler" in node.output[0])
    model.graph.output.append(helper.make_tensor_value_info(first.input[0], TensorProto.FLOAT, None))
    onnx.save(model, str(tmp_path / "model.onnx"))
    assert rewrite(tmp_path / "model.onnx") is None


def test_a_layer_that_is_read_from_elsewhere_behind_an_identity_is_left_as_it_is(tmp_path):
    model = onnx.load(str(file_of("one-logit-fp32")))
    first = next(node for node in model.graph.node if node.op_type == "Gather" and "pooler" in node.output[0])
    same = helper.make_node("Identity", [first.input[0]], ["same"])
    model.graph.node.insert(list(model.graph.node).index(first), same)
    first.input[0] = "same"
    onnx.save(model, str(tmp_path / "model.onnx"))
    assert rewrite(tmp_path / "model.onnx") is not None
    model.graph.node.append(helper.make_node("Neg", ["same"], ["negative"]))
    onnx.save(model, str(tmp_path / "model.onnx"))
    assert rewrite(tmp_path / "model.onnx") is None


def test_a_layer_that_a_graph_within_a_node_may_read_is_left_as_it_is(tmp_path):
    model = onnx.load(str(file_of("one-logit-fp32")))
    first = next(node for node in model.graph.node if node.op_type == "Gather" and "pooler" in node.output[0])
    branches = {}
    for number, name in enumerate(("then_branch", "else_branch")):
        output = helper.make_tensor_value_info(f"branch{number}", TensorProto.FLOAT, None)
        node = helper.make_node("Identity", [first.input[0]], [output.name])
        branches[name] = helper.make_graph([node], name, [], [output])
    model.graph.initializer.append(helper.make_tensor("truth", TensorProto.BOOL, [], [True]))
    model.graph.node.append(helper.make_node("If", ["truth"], ["chosen"], **branches))
    onnx.save(model, str(tmp_path / "model.onnx"))
    assert rewrite(tmp_path / "model.onnx") is None


def test_a_graph_that_divides_by_nothing_is_no_error(tmp_path):
    model = onnx.load(str(file_of("one-logit-fp32")))
    softmax = next(node for node in model.graph.node if node.op_type == "Softmax")
    model.graph.initializer.append(helper.make_tensor("nothing", TensorProto.FLOAT, [], [0.0]))
    divided = helper.make_node("Div", [softmax.input[0], "nothing"], ["divided"])
    model.graph.node.insert(list(model.graph.node).index(softmax), divided)
    softmax.input[0] = "divided"
    onnx.save(model, str(tmp_path / "model.onnx"))
    assert rewrite(tmp_path / "model.onnx") is None


def test_a_product_of_very_many_factors_takes_no_time():
    """Squared sixty times over, a tensor has 2 ** 60 factors."""
    nodes = [Node("Mul", (f"square{i}", f"square{i}"), (f"square{i + 1}",)) for i in range(60)]
    graph = Graph(tuple(nodes), {}, {"square0": b""}, {"square60": b""}, {"": 17}, 8)
    assert read_activation(Search(graph), "square60") is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_damaged_file_is_never_an_error(tmp_path_factory, seed):
    random = np.random.default_rng(seed)
    content = bytearray(file_of("one-logit-int8").read_bytes())
    for position in random.integers(0, len(content), 20):
        content[position] = int(random.integers(256))
    path = tmp_path_factory.mktemp("damaged") / "model.onnx"
    path.write_bytes(content[: int(random.integers(len(content)))] if seed % 3 == 0 else content)
    rewritten = rewrite(path)
    assert rewritten is None or isinstance(rewritten, bytes)
