"""Reading a shipped student back: its weights, to within its quantisation, and its shape."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from bench.common.errors import BenchError
from bench.distill.export.export_check import check_model
from bench.distill.export.model_directory import write_model
from bench.distill.labels.labelled_queries import LabelledQuery
from bench.distill.student.design import TrainingRound
from bench.distill.student.exported_student import read_exported

LABELLED = [LabelledQuery("what is a cat", ("a cat is an animal", "the weather", "no"), (1, 0, 0), (5.0, -3.0, -8.0))]


@pytest.fixture
def shipped(student, tmp_path):
    write_model(tmp_path / "model", student.weights, student.design, student.tokenizer, table_bits=7, bits=7)
    return tmp_path / "model"


def test_every_weight_comes_back_to_within_its_quantisation(shipped, student):
    weights, _ = read_exported(shipped)
    assert weights.keys() == student.weights.keys()
    for name, values in weights.items():
        expected = student.weights[name]
        assert values.dtype == np.float32
        assert values.shape == expected.shape
        assert np.square(values - expected).mean() <= 0.02**2 * np.square(expected).mean(), name


def test_the_shape_comes_back(shipped, student):
    _, design = read_exported(shipped)
    pieces = student.weights["embeddings.table"].shape[0]
    assert design == replace(student.design, layers=(0, 1), vocabulary=pieces)


def test_the_rounds_of_training_come_back(student, tmp_path):
    design = replace(student.design, rounds=(TrainingRound(2_000, 3), TrainingRound(40_000, 50)))
    write_model(tmp_path, student.weights, design, student.tokenizer, table_bits=7, bits=7)
    assert read_exported(tmp_path)[1].rounds == design.rounds


def test_its_float_scores_are_near_the_shipped_ones(shipped):
    weights, design = read_exported(shipped)
    assert check_model(shipped, weights, design, LABELLED).mean < 0.1


def test_writing_it_again_gives_the_same_scores(shipped, student, tmp_path):
    weights, design = read_exported(shipped)
    write_model(tmp_path / "again", weights, design, student.tokenizer, table_bits=7, bits=7)
    again, _ = read_exported(tmp_path / "again")
    for name, values in again.items():
        np.testing.assert_allclose(values, weights[name], rtol=0, atol=0.05 * np.abs(values).max() + 1e-6)


def test_rounds_that_are_none_are_refused(shipped):
    config = json.loads((shipped / "config.json").read_text())
    (shipped / "config.json").write_text(json.dumps(config | {"trained": [{"pairs": 1}]}))
    with pytest.raises(BenchError, match="not a student"):
        read_exported(shipped)


def test_another_model_is_refused(fixtures):
    with pytest.raises(BenchError, match="not a student"):
        read_exported(fixtures / "one-logit-fp32")
