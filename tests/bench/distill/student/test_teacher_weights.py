"""A teacher's weights read out of ONNX files: int8 against the float32 that it was made of, and both against torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from bench.common.errors import BenchError
from bench.distill.export.student_graph import build, one_thread_session
from bench.distill.student.teacher_weights import as_teacher, read_weights
from bench.distill.student.weights import count_layers, load_weights, save_weights
from flashrank import Ranker
from flashrank.models.files import read_json
from flashrank.scoring.session import CrossEncoder, load_session


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


def test_the_weights_rebuilt_score_as_the_file_they_came_from(fixtures, fp32):
    directory = fixtures / "one-logit-fp32"
    heads = int(read_json(directory / "config.json")["num_attention_heads"])
    ranker = Ranker(directory, offline=True)
    pairs = ranker.encode("what is a cat", ["a cat is an animal", "dogs", "", "cats " * 30])
    rebuilt = one_thread_session(build(as_teacher(fp32), heads))
    expected = CrossEncoder(load_session(directory / "model.onnx"), 1).logits(pairs)
    np.testing.assert_allclose(CrossEncoder(rebuilt, 1).logits(pairs), expected, rtol=0, atol=1e-5)


def test_a_graph_of_another_kind_is_refused(tmp_path):
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Abs", ["x"], ["y"])], "g", [value], [value])
    onnx.save(helper.make_model(graph), tmp_path / "model.onnx")
    with pytest.raises(BenchError, match="no BERT cross-encoder"):
        read_weights(tmp_path / "model.onnx")


def test_weights_survive_a_file(tmp_path, fp32):
    save_weights(tmp_path / "w.npz", fp32)
    loaded = load_weights(tmp_path / "w.npz")
    assert loaded.keys() == fp32.keys()
    assert all((loaded[name] == fp32[name]).all() for name in fp32)
    with pytest.raises(BenchError, match="run the stage `train`"):
        load_weights(tmp_path / "absent.npz")


def test_the_real_teacher(shared):
    directory = shared / "models" / "ms-marco-MiniLM-L-12-v2"
    ranker = Ranker(directory, offline=True)
    pairs = ranker.encode("how many people live in london", ["London has 8.9 million people.", "A cat sat."])
    exact = CrossEncoder(one_thread_session(build(as_teacher(read_weights(next(directory.glob("*.onnx")))), 12)), 1)
    int8 = CrossEncoder(ranker.session, 1)
    assert np.abs(exact.logits(pairs) - int8.logits(pairs)).max() < 0.6  # activations are quantised in one of them
