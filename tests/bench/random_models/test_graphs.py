"""The graphs: the products that the architecture says, and the operators of the shipped file."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest

from bench.experiment.random_shape import Shape
from bench.random_models.bert import bert
from bench.random_models.t5 import t5_encoder
from bench.studies.random_model_check import operators, running_operators

D, INNER = 48, 100
MAKERS = {"BERT": bert, "T5 encoder": t5_encoder}
L12 = "ms-marco-MiniLM-L-12-v2"


def model(architecture: str, layers: int, seed: int = 1) -> onnx.ModelProto:
    sizes = {"layers": layers, "hidden_size": D, "intermediate_size": INNER, "vocabulary": 4096}
    return MAKERS[architecture](Shape(architecture=architecture, **sizes), seed)


def products(graph: onnx.GraphProto) -> list[tuple[int, ...]]:
    """Return the sizes of the int8 matrices in the order in which they are multiplied with."""
    constants = {constant.name: constant for constant in graph.initializer}
    matrices = [constants[node.input[1]] for node in graph.node if node.op_type == "MatMulInteger"]
    assert {matrix.data_type for matrix in matrices} == {onnx.TensorProto.INT8}
    return [tuple(matrix.dims) for matrix in matrices]


def test_a_layer_of_bert_is_four_projections_and_a_network():
    layer = [(D, D)] * 4 + [(D, INNER), (INNER, D)]
    assert products(model("BERT", 3).graph) == layer * 3 + [(D, D), (D, 1)]


def test_a_layer_of_t5_is_four_projections_and_a_gated_network():
    layer = [(D, D)] * 4 + [(D, INNER), (D, INNER), (INNER, D)]
    assert products(model("T5 encoder", 3).graph) == layer * 3 + [(D, 1)]


@pytest.mark.parametrize("architecture", MAKERS)
def test_every_layer_adds_the_same_operators(architecture, tmp_path):
    counted = []
    for layers in (1, 2, 3):
        onnx.save(model(architecture, layers), tmp_path / "model.onnx")
        counted.append((operators(tmp_path / "model.onnx"), running_operators(tmp_path / "model.onnx")))
    for one, two, three in zip(*counted, strict=True):
        assert three - two == two - one
        assert (two - one).total() > 20
    assert counted[1][0]["MatMul"] == 4, "two products of activations a layer"


@pytest.mark.parametrize("architecture", MAKERS)
def test_logits_are_ordinary_numbers_that_depend_on_every_token_and_its_place(architecture):
    session = onnxruntime.InferenceSession(
        model(architecture, 4).SerializeToString(), providers=["CPUExecutionProvider"]
    )

    def logit(ids):
        feed = {node.name: np.array([ids]) if node.name == "input_ids" else None for node in session.get_inputs()}
        feed |= {name: np.full((1, len(ids)), int(name == "attention_mask")) for name in feed if name != "input_ids"}
        (logits,) = session.run(None, feed)
        assert logits.shape == (1, 1)
        return float(logits[0, 0])

    ids = list(range(5, 5 + 20))
    swapped = [*ids[:8], ids[9], ids[8], *ids[10:]]
    found = [logit(ids), logit([*ids[:-1], 99]), logit(swapped), logit(ids * 25)]
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 20
    assert len(set(found)) == 4


def test_padding_is_hidden():
    """Rows that repeat a pair's tokens behind the mask leave its logit where it is, but for another quantisation."""
    session = onnxruntime.InferenceSession(model("BERT", 2).SerializeToString(), providers=["CPUExecutionProvider"])
    ids = np.arange(5, 25)[None]
    short = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    twice = np.tile(ids, 2)
    mask = np.concatenate([np.ones_like(ids), np.zeros_like(ids)], axis=1)
    padded = {"input_ids": twice, "attention_mask": mask, "token_type_ids": np.zeros_like(twice)}
    shown = {**padded, "attention_mask": np.ones_like(twice)}
    alone, hidden, seen = (float(session.run(None, feed)[0][0, 0]) for feed in (short, padded, shown))
    assert abs(hidden - alone) < abs(seen - alone) / 3


def test_weights_come_from_the_seed():
    first, again, other = (model("BERT", 1, seed).SerializeToString(deterministic=True) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("count", [operators, running_operators])
@pytest.mark.slow
def test_the_operators_are_those_of_the_shipped_file(shared, tmp_path, count):
    onnx.save(bert(Shape(layers=12, hidden_size=384, vocabulary=4096), seed=1), tmp_path / "model.onnx")
    (real,) = (shared / "models" / L12).glob("*.onnx")
    assert count(tmp_path / "model.onnx") == count(real)
    assert count(real)["Softmax"] == 12


def test_the_products_are_those_of_the_shipped_file(shared):
    (real,) = (shared / "models" / L12).glob("*.onnx")
    graph = onnx.load(real).graph
    made = products(bert(Shape(layers=12, hidden_size=384, vocabulary=4096), seed=1).graph)
    assert sorted(made) == sorted(products(graph))
