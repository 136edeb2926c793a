"""int8 products turned back into float32: against numpy, against the weights rebuilt, and against the original."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from bench.common.errors import BenchError
from bench.distill.export.student_graph import build
from bench.distill.student.teacher_weights import as_teacher
from bench.systems.bert_weights import read_weights
from bench.systems.float_graph import dequantised
from flashrank import Ranker
from flashrank.models.files import read_json
from flashrank.scoring.session import CrossEncoder, load_session

PASSAGES = ["a cat is an animal", "dogs", "", "cats " * 30]


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def product(weights, zero_point, scale, path: Path, extra=()) -> Path:
    """Write ``x @ weights`` as onnxruntime's dynamic quantisation writes it."""
    inputs = ["q", "w", "zero", *(["w_zero"] if zero_point is not None else [])]
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"]),
        helper.make_node("MatMulInteger", inputs, ["integers"]),
        helper.make_node("Cast", ["integers"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["scale", "w_scale"], ["scales"]),
        helper.make_node("Mul", ["cast", "scales"], ["y"]),
        *extra,
    ]
    constants = {"w": weights, "w_scale": np.asarray(scale, dtype=np.float32)}
    if zero_point is not None:
        constants["w_zero"] = zero_point
    graph = helper.make_graph(
        nodes,
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, weights.shape[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, weights.shape[1]])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=7), str(path))
    return path


@pytest.mark.parametrize("kind", ["int8", "uint8 with a zero point", "uint8 with one a column"])
def test_a_product_is_that_of_the_dequantised_weights(tmp_path, kind):
    rng = np.random.default_rng(3)
    signed = kind == "int8"
    weights = rng.integers(-127 if signed else 0, 128 if signed else 256, (12, 5)).astype("int8" if signed else "uint8")
    zero = {"int8": None, "uint8 with a zero point": np.uint8(131)}.get(kind, rng.integers(100, 150, 5))
    zero = None if zero is None else np.asarray(zero, dtype=np.uint8)
    scale = rng.uniform(0.001, 0.01, 5) if zero is not None and zero.ndim else 0.004
    x = rng.normal(size=(7, 12)).astype(np.float32)

    model = dequantised(product(weights, zero, scale, tmp_path / "model.onnx"))
    onnx.checker.check_model(model, full_check=True)
    (found,) = session(model).run(None, {"x": x})
    expected = x @ ((weights.astype(float) - (0 if zero is None else zero.astype(float))) * scale)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)
    # The activations' rounding is what is gone.
    (int8,) = onnxruntime.InferenceSession(str(tmp_path / "model.onnx")).run(None, {"x": x})
    assert 1e-3 < np.abs(int8 - expected).max() < 1


@pytest.mark.parametrize("name", ["one-logit-int8", "two-logits-int8"])
def test_a_model_scores_as_its_dequantised_weights(fixtures, name):
    directory = fixtures / name
    model = dequantised(directory / "model.onnx")
    onnx.checker.check_model(model)
    assert {"MatMulInteger", "DynamicQuantizeLinear"}.isdisjoint(node.op_type for node in model.graph.node)
    pairs = Ranker(directory, offline=True).encode("what is a cat", PASSAGES)
    heads = int(read_json(directory / "config.json")["num_attention_heads"])
    rebuilt = build(as_teacher(read_weights(directory / "model.onnx")), heads)
    expected = CrossEncoder(session(rebuilt), 1).logits(pairs)
    np.testing.assert_allclose(CrossEncoder(session(model), 1).logits(pairs), expected, rtol=0, atol=1e-4)


def test_it_is_nearer_to_the_weights_before_quantisation(fixtures):
    pairs = Ranker(fixtures / "one-logit-fp32", offline=True).encode("what is a cat", PASSAGES)
    original, int8 = (
        CrossEncoder(load_session(fixtures / name / "model.onnx"), 1).logits(pairs)
        for name in ("one-logit-fp32", "one-logit-int8")
    )
    float_products = CrossEncoder(session(dequantised(fixtures / "one-logit-int8" / "model.onnx")), 1).logits(pairs)
    assert np.abs(float_products - original).mean() < np.abs(int8 - original).mean()


@pytest.mark.parametrize("name", ["one-logit-fp32", "no-token-types"])
def test_a_model_in_float_has_none(fixtures, name):
    assert dequantised(fixtures / name / "model.onnx") is None


def test_another_use_of_quantised_activations_is_refused(tmp_path):
    extra = [helper.make_node("Cast", ["q"], ["other"], to=TensorProto.FLOAT)]
    path = product(np.ones((2, 2), dtype=np.int8), None, 1.0, tmp_path / "model.onnx", extra)
    with pytest.raises(BenchError, match=r"model\.onnx: cannot take the quantisation out of its Cast node 'other'"):
        dequantised(path)


def test_the_bundled_model_has_a_float_form():
    ranker = Ranker("nano", offline=True)
    pairs = ranker.encode("what is a cat", PASSAGES)
    (path,) = ranker.model_dir.glob("*.onnx")
    found = CrossEncoder(session(dequantised(path)), 1).logits(pairs)
    difference = np.abs(found - CrossEncoder(ranker.session, 1).logits(pairs))
    assert 0 < difference.max() < 1
