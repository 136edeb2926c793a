"""Weights read out of ONNX files: their names, and int8 against the float32 that it was made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from bench.common.errors import BenchError
from bench.distill.student.weights import count_layers
from bench.systems.bert_weights import read_weights


@pytest.fixture(scope="module")
def fp32(fixtures: Path):
    return read_weights(fixtures / "one-logit-fp32" / "model.onnx")


def test_names_are_those_of_transformers(fp32):
    assert count_layers(fp32) == 2
    assert fp32["embeddings.word_embeddings.weight"].shape == (512, 32)
    assert fp32["encoder.layer.1.intermediate.dense.weight"].shape == (32, 64)
    assert fp32["encoder.layer.1.output.dense.weight"].shape == (64, 32)
    assert fp32["classifier.weight"].shape == (32, 1)


def test_int8_dequantises_to_within_half_a_step(fixtures, fp32):
    int8 = read_weights(fixtures / "one-logit-int8" / "model.onnx")
    assert int8.keys() == fp32.keys()
    for name, exact in fp32.items():
        quantised = name.endswith(".weight") and "LayerNorm" not in name
        # 7 bits over a range that is as wide below zero as above.
        step = 2 * np.abs(exact).max() / 127 if quantised else 0
        np.testing.assert_allclose(int8[name], exact, rtol=0, atol=0.51 * step, err_msg=name)


def test_a_graph_of_another_kind_is_refused(tmp_path):
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Abs", ["x"], ["y"])], "g", [value], [value])
    onnx.save(helper.make_model(graph), tmp_path / "model.onnx")
    with pytest.raises(BenchError, match="no BERT cross-encoder"):
        read_weights(tmp_path / "model.onnx")
