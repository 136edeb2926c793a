"""8-bit products with exact and with saturating sums: against numpy, on whatever processor this runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from bench.studies.stability.integer_products import COUNTS, may_saturate, signed_products, with_products
from flashrank import Ranker


def product(weights: np.ndarray, columns_zero: np.ndarray | None = None) -> onnx.ModelProto:
    """Return a model of one product whose activations are those fed: they span 0 to 255, so their scale is 1."""
    names = ["q", "w", "zero", *(["w_zero"] if columns_zero is not None else [])]
    constants = {"w": weights} | ({"w_zero": columns_zero} if columns_zero is not None else {})
    graph = helper.make_graph(
        [
            helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"]),
            helper.make_node("MatMulInteger", names, ["y"]),
        ],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, len(weights)])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [None, weights.shape[1]])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=7)


def run(model: onnx.ModelProto, x: np.ndarray) -> list[np.ndarray]:
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options).run(None, {"x": x.astype(np.float32)})


def sums_of_two(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return every sum of two neighbours' products, int64 of shape (rows, pairs of weights, columns)."""
    if len(weights) % 2:
        x, weights = np.pad(x, ((0, 0), (0, 1))), np.pad(weights, ((0, 1), (0, 0)))
    terms = x.astype(np.int64)[:, :, None] * weights.astype(np.int64)
    return terms.reshape(len(x), -1, 2, weights.shape[1]).sum(axis=2)


def drawn(seed: int, rows: int, depth: int, columns: int, largest: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 256, (rows, depth))
    x[0, :2] = 0, 255
    return x, rng.integers(-largest, largest + 1, (depth, columns)).astype(np.int8)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    rows=st.integers(1, 5),
    depth=st.integers(2, 41),
    columns=st.integers(1, 20),
    largest=st.sampled_from([15, 64, 90, 127]),
)
def test_both_ways_equal_numpy_on_any_machine(seed, rows, depth, columns, largest):
    x, weights = drawn(seed, rows, depth, columns, largest)
    sums = sums_of_two(x, weights)
    saturated = np.clip(sums, -(2**15), 2**15 - 1)
    (exact,) = run(with_products(product(weights), saturating=False), x)
    np.testing.assert_array_equal(exact, sums.sum(axis=1))
    found, counts = run(with_products(product(weights), saturating=True), x)
    np.testing.assert_array_equal(found, saturated.sum(axis=1))
    lost = (sums - saturated).sum(axis=1)
    assert counts.tolist() == [sums.size, np.count_nonzero(sums != saturated), lost.size, np.count_nonzero(lost)]


def test_this_machine_adds_in_one_of_the_two_ways():
    """What the graphs stand for: a product as onnxruntime computes it here is the one or the other."""
    x, weights = drawn(7, 40, 384, 96, 127)
    (here,) = run(product(weights), x)
    ways = [run(with_products(product(weights), saturating=way), x)[0] for way in (False, True)]
    assert not np.array_equal(*ways)
    assert any(np.array_equal(here, way) for way in ways)


def test_zero_points_are_kept():
    x, weights = drawn(3, 4, 12, 5, 127)
    x += 10  # so that the activations' zero point is none of the weights' business
    zero = np.array([3, -4, 0, 1, 7], dtype=np.int8)
    shifted = x - 255  # quantised with a zero point above 0
    (exact,) = run(with_products(product(weights, zero), saturating=False), shifted)
    quantised, _, point = run(
        helper.make_model(
            helper.make_graph(
                [helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"])],
                "quantised",
                [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 12])],
                [
                    helper.make_tensor_value_info("q", TensorProto.UINT8, [None, 12]),
                    helper.make_tensor_value_info("scale", TensorProto.FLOAT, []),
                    helper.make_tensor_value_info("zero", TensorProto.UINT8, []),
                ],
            ),
            opset_imports=[helper.make_opsetid("", 14)],
            ir_version=7,
        ),
        shifted,
    )
    wanted = (quantised.astype(np.int64) - int(point)) @ (weights.astype(np.int64) - zero)
    assert int(point) > 0
    np.testing.assert_array_equal(exact, wanted)


@given(st.integers(-128, 127), st.integers(-128, 127))
def test_a_place_may_saturate_if_some_activations_make_it(upper, lower):
    """The extremes are at activations of 0 and 255, so these four decide."""
    sums = [a * upper + b * lower for a in (0, 255) for b in (0, 255)]
    wanted = max(sums) > 2**15 - 1 or min(sums) < -(2**15)
    assert bool(len(may_saturate(np.array([[upper], [lower]], dtype=np.int8)).rows)) == wanted


def test_unsigned_weights_are_left_alone():
    model = product(np.ones((4, 3), dtype=np.uint8))
    assert signed_products(model) == []


def test_no_sum_of_the_bundled_model_can_saturate():
    (path,) = Ranker("nano", offline=True).model_dir.glob("*.onnx")
    products = signed_products(onnx.load(str(path)))
    assert len(products) == 14
    assert all(len(may_saturate(weights).rows) == 0 for _, weights in products)


@pytest.mark.parametrize("name", ["one-logit-int8", "two-logits-int8"])
def test_a_models_logits_are_those_of_one_of_the_two_ways(fixtures, name):
    ranker = Ranker(fixtures / name, offline=True, graph="as-shipped")
    model = onnx.load(str(fixtures / name / "model.onnx"))
    pairs = ranker.encode("what is a cat", ["a cat is an animal", "dogs", "", "cats " * 30])
    here = ranker._encoder.logits(pairs)
    options = onnxruntime.SessionOptions()
    near = []
    for saturating in (False, True):
        graph = with_products(model, saturating=saturating)
        del graph.graph.output[1:]
        assert COUNTS not in {output.name for output in graph.graph.output}
        ranker.session = onnxruntime.InferenceSession(graph.SerializeToString(), options)
        near.append(float(np.abs(ranker._encoder.logits(pairs) - here).max()))
    assert min(near) < 1e-4


@pytest.mark.slow
def test_saturating_sums_explain_the_scores_of_avx2(shared):
    """FlashRank's scores of L-12, stored on AVX2, against both ways computed here.

    The mean difference of a logit was .023 for saturating sums and .092 for exact ones, on a processor with VNNI. The
    rest is rounding: other float kernels move an activation across half a step now and then.
    """
    reference = Path(__file__).parents[3] / "flashrank" / "scoring" / "reference"
    requests = json.loads((reference / "pairs.json").read_text(encoding="utf-8"))
    stored = json.loads((reference / "minilm_l12.json").read_text(encoding="utf-8"))
    assert stored["made_with"]["isa"] == ["avx2"]
    ranker = Ranker("ms-marco-MiniLM-L-12-v2", cache_dir=shared / "models", log_level="ERROR")
    (path,) = ranker.model_dir.glob("*.onnx")
    model = onnx.load(str(path))
    wanted = np.array([float.fromhex(score) for scores in stored["scores"]["512"] for score in scores])
    distances = {}
    for saturating in (True, False):
        graph = with_products(model, saturating=saturating)
        del graph.graph.output[1:]
        ranker.session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
        scores = np.array([score for row in requests for score in ranker.score(row["query"], row["passages"]).scores])
        distances[saturating] = np.abs(np.log(scores / (1 - scores)) - np.log(wanted / (1 - wanted))).mean()
    assert distances[True] < 0.05
    assert distances[True] < distances[False] / 2
