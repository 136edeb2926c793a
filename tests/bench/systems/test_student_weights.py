"""Weights of a student, multiplied out: rebuilt from them, ``nano`` scores as its own graph does in float32."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from bench.distill.export.student_graph import build, one_thread_session
from bench.distill.student.teacher_weights import as_teacher
from bench.systems.float_directory import transformers_tensors
from bench.systems.float_graph import dequantised
from bench.systems.student_weights import is_student, read_student_weights
from flashrank import Ranker, resolve_model
from flashrank.scoring.session import CrossEncoder, load_session


@pytest.fixture(scope="module")
def nano():
    return resolve_model("nano", offline=True)


def test_nano_rebuilt_of_them_scores_as_its_float_graph(nano, tmp_path):
    rebuilt = CrossEncoder(one_thread_session(build(as_teacher(read_student_weights(nano.weights, 12)), 12)), 1)
    onnx.save(dequantised(nano.weights), tmp_path / "model.onnx")
    pairs = Ranker("nano", offline=True).encode("how tall is a llama", ["A llama is 1.8 m tall.", "", "word " * 600])
    expected = CrossEncoder(load_session(tmp_path / "model.onnx"), 1).logits(pairs)
    assert np.ptp(expected) > 1
    np.testing.assert_allclose(rebuilt.logits(pairs), expected, rtol=0, atol=1e-4)


def test_transformers_is_given_them_by_their_names(nano):
    tensors = transformers_tensors(nano)
    assert len(tensors) == 5 + 4 + 3 * 16
    assert tensors["bert.embeddings.word_embeddings.weight"].shape == (28000, 384)
    assert tensors["bert.encoder.layer.2.attention.self.value.weight"].shape == (384, 384)
    assert tensors["bert.encoder.layer.0.attention.self.query.bias"].shape == (384,)


def test_other_graphs_are_no_students(fixtures, nano):
    assert is_student(nano.weights)
    assert not is_student(fixtures / "one-logit-int8" / "model.onnx")
