"""The exported graph and directory, against the same student in torch and in float32."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest

from bench.common.errors import BenchError
from bench.distill.export.export_check import check_model, zipped_size
from bench.distill.export.model_directory import ONNX_FILE, write_model
from bench.distill.export.quantise import quantise
from bench.distill.export.student_graph import build
from bench.distill.labels.labelled_queries import LabelledQuery
from flashrank import Ranker, RerankRequest

QUERY = "what is a cat"
TEXTS = ("a cat is a small animal", "the weather is good", "cats and dogs", "no")
LABELLED = [LabelledQuery(QUERY, TEXTS, (1, 0, 0, 0), (5.0, -3.0, 1.0, -8.0))]


def run(model: onnx.ModelProto, ids, types, mask):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feed = {"input_ids": ids, "attention_mask": mask.astype(np.int64), "token_type_ids": types}
    (logits,) = session.run(["logits"], feed)
    return logits[:, 0]


def batch(size: int = 3, length: int = 11):
    random = np.random.default_rng(1)
    ids = random.integers(0, 512, (size, length))
    types = np.tile((np.arange(length) > 4).astype(np.int64), (size, 1))
    mask = np.ones((size, length), dtype=bool)
    mask[1, 7:] = False
    return ids, types, mask


def test_the_float_graph_scores_as_torch_does(student):
    torch = pytest.importorskip("torch", reason="torch is not installed: graph against torch did NOT run")
    from bench.distill.student.forward import score

    ids, types, mask = batch()
    weights = {name: torch.from_numpy(values.copy()) for name, values in student.weights.items()}
    expected = score(weights, *map(torch.from_numpy, (ids, types, mask)), student.design.heads).numpy()
    found = run(build(student.weights, student.design.heads), ids, types, mask)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_padding_changes_nothing(student):
    model = build(student.weights, student.design.heads)
    ids, types, mask = batch()
    alone = run(model, ids[1:2, :7], types[1:2, :7], mask[1:2, :7])
    np.testing.assert_allclose(run(model, ids, types, mask)[1], alone[0], rtol=0, atol=1e-5)


def test_quantisation_moves_logits_a_little(student):
    ids, types, mask = batch(8)
    exact = run(build(student.weights, student.design.heads), ids, types, mask)
    quantised = run(build(student.weights, student.design.heads, table_bits=7, bits=7), ids, types, mask)
    assert 0 < np.abs(exact - quantised).max() < 0.2 * np.abs(exact).max()


@pytest.mark.parametrize("bits", [4, 7, 8])
def test_integers_fit_their_bits_and_are_near(bits):
    matrix = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32) * np.arange(1, 7, dtype=np.float32)
    integers, scales = quantise(matrix, bits)
    assert np.abs(integers).max() <= 2 ** (bits - 1) - 1
    error = np.square(integers * scales - matrix).mean(axis=0) / np.square(matrix).mean(axis=0)
    assert (error < 8 * 4.0**-bits).all()


def test_a_column_of_zeros_stays_zero():
    integers, scales = quantise(np.zeros((5, 2), dtype=np.float32), 7)
    assert not integers.any()
    assert np.isfinite(scales).all()


@pytest.fixture
def exported(student, tmp_path):
    write_model(tmp_path / "model", student.weights, student.design, student.tokenizer, table_bits=7, bits=7)
    return tmp_path / "model"


def test_a_user_can_rank_with_it(exported):
    passages = [{"id": i, "text": text} for i, text in enumerate(TEXTS)]
    ranked = Ranker(exported, offline=True).rerank(RerankRequest(QUERY, passages))
    assert sorted(passage["id"] for passage in ranked) == [0, 1, 2, 3]


def test_the_same_weights_give_the_same_bytes(exported, student, tmp_path):
    write_model(tmp_path / "again", student.weights, student.design, student.tokenizer, table_bits=7, bits=7)
    for path in exported.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_the_check_measures_the_distance_from_float32(exported, student):
    check = check_model(exported, student.weights, student.design, LABELLED)
    assert check.pairs == 4
    assert 0 < check.mean <= check.largest < 0.5
    assert 0 <= check.agreement <= 1


def test_a_model_of_other_weights_is_refused(exported, student):
    other = {**student.weights, "classifier.bias": student.weights["classifier.bias"] + 3}
    with pytest.raises(BenchError, match=r"at most 0\.5"):
        check_model(exported, other, student.design, LABELLED)


def test_fewer_bits_zip_smaller(exported, student, tmp_path):
    write_model(tmp_path / "small", student.weights, student.design, student.tokenizer, table_bits=4, bits=5)
    assert zipped_size(tmp_path / "small") < zipped_size(exported)
    assert (tmp_path / "small" / ONNX_FILE).stat().st_size == (exported / ONNX_FILE).stat().st_size
