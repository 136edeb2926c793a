"""Weights of random models, read by their places: rebuilt from them, a model scores as its own float32 graph."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from bench.common.errors import BenchError
from bench.distill.export.student_graph import build, one_thread_session
from bench.distill.student.teacher_weights import as_teacher
from bench.experiment.random_shape import Shape
from bench.random_models.store import random_model
from bench.systems.float_directory import transformers_tensors
from bench.systems.float_graph import dequantised
from bench.systems.random_weights import read_random_weights
from flashrank import Ranker, resolve_model
from flashrank.scoring.session import CrossEncoder, load_session

SHAPE = Shape(layers=2, hidden_size=24, heads=2, vocabulary=4096)


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return random_model(SHAPE, tmp_path_factory.mktemp("random"))


def test_a_model_rebuilt_of_them_scores_as_the_float_graph(directory, tmp_path):
    weights = read_random_weights(directory / "model.onnx", SHAPE.layers)
    rebuilt = CrossEncoder(one_thread_session(build(as_teacher(weights), SHAPE.heads)), 1)
    onnx.save(dequantised(directory / "model.onnx"), tmp_path / "model.onnx")
    pairs = Ranker(directory, offline=True).encode("rank", ["passages of a query", "", "word " * 60])
    expected = CrossEncoder(load_session(tmp_path / "model.onnx"), 1).logits(pairs)
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(rebuilt.logits(pairs), expected, rtol=0, atol=1e-5)


def test_transformers_is_given_them_by_their_names(directory):
    tensors = transformers_tensors(resolve_model(directory, offline=True))
    assert len(tensors) == 5 + 4 + 2 * 16
    assert tensors["bert.embeddings.token_type_embeddings.weight"].shape == (2, 24)
    assert tensors["bert.embeddings.position_embeddings.weight"].shape == (512, 24)
    assert tensors["bert.encoder.layer.1.intermediate.dense.weight"].shape == (96, 24)


@pytest.mark.parametrize("layers", [1, 3])
def test_other_parts_than_expected_are_refused(directory, layers):
    with pytest.raises(BenchError, match=r"model\.onnx: no graph of random weights as this version of bench writes"):
        read_random_weights(directory / "model.onnx", layers)


def test_another_graph_is_refused(fixtures):
    with pytest.raises(BenchError, match="no graph of random weights"):
        read_random_weights(fixtures / "one-logit-int8" / "model.onnx", 2)
