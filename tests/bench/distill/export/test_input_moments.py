"""The inputs of a student's matrices, against the first of them computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer

from bench.distill.export.export_check import check_model
from bench.distill.export.input_moments import second_moments
from bench.distill.export.model_directory import write_model
from bench.distill.export.student_graph import build
from bench.distill.from_questions.examples import tokenize
from bench.distill.labels.labelled_queries import LabelledQuery
from bench.distill.student.forward import EPSILON

QUERY = "what is a cat"
TEXTS = ("a cat is a small animal", "the weather is good", "cats and dogs", "no")


@pytest.fixture
def pairs(student):
    labelled = LabelledQuery(QUERY, TEXTS, (1, 0, 0, 0), (5.0, -3.0, 1.0, -8.0))
    (example,) = tokenize([labelled], Tokenizer.from_str(student.tokenizer))
    return example.pairs


@pytest.fixture
def moments(student, pairs):
    return second_moments(student.weights, student.design.heads, pairs)


def test_they_are_those_of_the_rows_that_go_in(student, pairs, moments):
    weights, projection_rows, layer_rows = student.weights, [], []
    for pair in pairs:
        rows = weights["embeddings.table"][pair.ids]
        projection_rows.append(rows)
        rows = rows @ weights["embeddings.projection"] + weights["embeddings.types"][pair.type_ids]
        rows = rows + weights["embeddings.positions"][: len(pair.ids)]
        rows = (rows - rows.mean(axis=1, keepdims=True)) / np.sqrt(rows.var(axis=1, keepdims=True) + EPSILON)
        layer_rows.append(rows * weights["embeddings.LayerNorm.weight"] + weights["embeddings.LayerNorm.bias"])
    for name, rows in (("projection", projection_rows), ("encoder.layer.0.attention.self.query.weight", layer_rows)):
        expected = np.concatenate(rows).T @ np.concatenate(rows)
        np.testing.assert_allclose(moments[name], expected, rtol=1e-3, atol=1e-3, err_msg=name)


def test_every_matrix_that_is_quantised_has_one_of_its_size(student, moments):
    quantised = build(student.weights, student.design.heads, table_bits=5)
    constants = {constant.name: constant.dims for constant in quantised.graph.initializer}
    matrices = [node.input[1] for node in quantised.graph.node if node.op_type == "MatMulInteger"]
    assert matrices
    for name in matrices:
        assert moments[name].shape == (constants[name][0],) * 2
        np.testing.assert_allclose(moments[name], moments[name].T)


def test_a_model_rounded_for_its_inputs_is_nearer_to_float32(student, moments, tmp_path):
    labelled = [LabelledQuery(QUERY, TEXTS, (1, 0, 0, 0), (5.0, -3.0, 1.0, -8.0))]
    errors = []
    for name, known in (("nearest", {}), ("precise", moments)):
        write_model(tmp_path / name, student.weights, student.design, student.tokenizer, 7, 6, known)
        errors.append(check_model(tmp_path / name, student.weights, student.design, labelled).mean)
    assert errors[1] < errors[0]
