"""What a student takes over from its teacher."""

from __future__ import annotations

import numpy as np
import pytest

from bench.common.errors import BenchError
from bench.distill.student.design import Design, parse_layers
from bench.distill.student.initial_weights import initial_weights
from bench.systems.bert_weights import read_weights

IDS = list(range(0, 512, 2))


@pytest.fixture(scope="module")
def teacher(fixtures):
    return read_weights(fixtures / "one-logit-int8" / "model.onnx")


def test_a_table_of_full_width_is_the_teachers(teacher):
    weights = initial_weights(teacher, Design((0, 1), table=32, feed_forward=64), IDS, [1] * len(IDS))
    words = weights["embeddings.table"] @ weights["embeddings.projection"]
    old = teacher["embeddings.word_embeddings.weight"][IDS] + teacher["embeddings.token_type_embeddings.weight"][0]
    np.testing.assert_allclose(words + weights["embeddings.types"][0], old, atol=1e-5)


def test_frequent_pieces_are_approximated_best(teacher):
    def error(counts: list[int]) -> float:
        weights = initial_weights(teacher, Design((0, 1), table=8), IDS, counts)
        words = weights["embeddings.table"] @ weights["embeddings.projection"] + weights["embeddings.types"][0]
        old = teacher["embeddings.word_embeddings.weight"][IDS] + teacher["embeddings.token_type_embeddings.weight"][0]
        return float(np.square(words - old)[:20].sum())

    assert error([10_000] * 20 + [0] * (len(IDS) - 20)) < error([1] * len(IDS))


def test_layers_are_taken_and_renumbered(teacher):
    weights = initial_weights(teacher, Design((1,), table=8, feed_forward=64), IDS, [1] * len(IDS))
    assert not any("layer.1." in name for name in weights)
    name = "attention.self.key.weight"
    assert (weights[f"encoder.layer.0.{name}"] == teacher[f"encoder.layer.1.{name}"]).all()


def test_the_neurons_with_the_largest_weights_stay(teacher):
    changed = {name: values.copy() for name, values in teacher.items()}
    changed["encoder.layer.0.intermediate.dense.weight"][:, [3, 50]] = 1e-6
    weights = initial_weights(changed, Design((0,), table=8, feed_forward=62), IDS, [1] * len(IDS))
    kept = [i for i in range(64) if i not in (3, 50)]
    up, down = weights["encoder.layer.0.intermediate.dense.weight"], weights["encoder.layer.0.output.dense.weight"]
    assert (up == changed["encoder.layer.0.intermediate.dense.weight"][:, kept]).all()
    assert (down == changed["encoder.layer.0.output.dense.weight"][kept]).all()


@pytest.mark.parametrize("text", ["", "0,a", "2,1", "1,1", "-1,0"])
def test_layers_that_are_none_are_refused(text):
    with pytest.raises(BenchError, match="rising numbers"):
        parse_layers(text)


def test_a_design_survives_json():
    design = Design((0, 5), table=96)
    assert Design.from_json(design.as_json()) == design
