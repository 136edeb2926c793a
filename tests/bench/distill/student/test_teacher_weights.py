"""The teacher under the student's names scores as the file that its weights came from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.common.errors import BenchError
from bench.distill.export.student_graph import build, one_thread_session
from bench.distill.student.teacher_weights import as_teacher
from bench.distill.student.weights import load_weights, save_weights
from bench.systems.bert_weights import read_weights
from flashrank import Ranker
from flashrank.models.files import read_json
from flashrank.scoring.session import CrossEncoder, load_session


@pytest.fixture(scope="module")
def fp32(fixtures: Path):
    return read_weights(fixtures / "one-logit-fp32" / "model.onnx")


def test_the_weights_rebuilt_score_as_the_file_they_came_from(fixtures, fp32):
    directory = fixtures / "one-logit-fp32"
    heads = int(read_json(directory / "config.json")["num_attention_heads"])
    ranker = Ranker(directory, offline=True)
    pairs = ranker.encode("what is a cat", ["a cat is an animal", "dogs", "", "cats " * 30])
    rebuilt = one_thread_session(build(as_teacher(fp32), heads))
    expected = CrossEncoder(load_session(directory / "model.onnx"), 1).logits(pairs)
    np.testing.assert_allclose(CrossEncoder(rebuilt, 1).logits(pairs), expected, rtol=0, atol=1e-5)


def test_weights_survive_a_file(tmp_path, fp32):
    save_weights(tmp_path / "w.npz", fp32)
    loaded = load_weights(tmp_path / "w.npz")
    assert loaded.keys() == fp32.keys()
    assert all((loaded[name] == fp32[name]).all() for name in fp32)
    with pytest.raises(BenchError, match="run the stage `train`"):
        load_weights(tmp_path / "absent.npz")


@pytest.mark.slow
def test_the_real_teacher(shared):
    directory = shared / "models" / "ms-marco-MiniLM-L-12-v2"
    ranker = Ranker(directory, offline=True)
    pairs = ranker.encode("how many people live in london", ["London has 8.9 million people.", "A cat sat."])
    exact = CrossEncoder(one_thread_session(build(as_teacher(read_weights(next(directory.glob("*.onnx")))), 12)), 1)
    int8 = CrossEncoder(ranker.session, 1)
    assert np.abs(exact.logits(pairs) - int8.logits(pairs)).max() < 0.6  # activations are quantised in one of them
