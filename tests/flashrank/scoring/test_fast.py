"""``Ranker(...)``: what it scores, what it keeps, and when it runs a model as it is."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnxruntime import InferenceSession

from flashrank import InvalidRequest, Ranker, RerankRequest
from flashrank.graphs import rewrite as rewriter
from flashrank.scoring import fast
from flashrank.scoring.samples import SAMPLES
from tests.flashrank.conftest import copy_model, is_fast, kept

QUERY = "why are there two high tides a day"
TEXTS = [passage[:300] for _, passages in SAMPLES[:4] for passage in passages]


def said(caplog):
    """Return what was warned of, but for what a Ranker says of its limits and texts."""
    return [record.getMessage() for record in caplog.records if record.name == "flashrank"]


@pytest.mark.parametrize("name", ["one-logit-fp32", "one-logit-int8", "two-logits-int8"])
def test_scores_are_those_of_the_model(fixtures, tmp_path, name):
    model = copy_model(fixtures / name, tmp_path / name)
    own, quick = Ranker(model, graph="as-shipped"), Ranker(model)
    assert is_fast(quick)
    assert not is_fast(own)
    expected, found = own.score(QUERY, TEXTS), quick.score(QUERY, TEXTS)
    # Activations of int8 models are rounded: a last digit before is a step of it after.
    tolerance = 1e-5 if "fp32" in name else 0.05 * np.ptp(expected.logits)
    np.testing.assert_allclose(found.logits, expected.logits, atol=tolerance)
    assert found.tokens == expected.tokens
    np.testing.assert_array_equal(quick.score(QUERY, TEXTS).logits, found.logits)
    alone = [quick.score(QUERY, [text]).logits[0] for text in TEXTS]
    np.testing.assert_array_equal(alone, found.logits)


def test_as_shipped_runs_the_models_own_graph_and_keeps_nothing(model):
    ranker = Ranker(model, graph="as-shipped")
    session = InferenceSession(model / "model.onnx", providers=["CPUExecutionProvider"])
    pair = ranker.encode(QUERY, TEXTS[:1])[0]
    feed = {"input_ids": [pair.ids], "attention_mask": [[1] * len(pair.ids)], "token_type_ids": [pair.type_ids]}
    ((logit,),) = session.run(None, feed)[0]
    assert ranker.graph == "as-shipped"
    assert ranker.score(QUERY, TEXTS).logits[0] == logit
    assert not (model / ".fast").exists()
    assert Ranker(model).score(QUERY, TEXTS).logits[0] != logit


def test_another_graph_is_refused(model):
    with pytest.raises(InvalidRequest, match="graph is 'quick'; allowed: fast, as-shipped"):
        Ranker(model, graph="quick")


def test_a_graph_that_is_not_known_is_looked_at_once(fixtures, tmp_path, no_rewriting, caplog):
    model = copy_model(fixtures / "architectures" / "modernbert", tmp_path / "modernbert")
    with caplog.at_level(logging.WARNING):
        assert not is_fast(Ranker(model))
    assert kept(model) == ["model.onnx.json"]
    assert not said(caplog)
    no_rewriting()
    assert not is_fast(Ranker(model))


def test_a_graph_that_scores_differently_is_not_used_and_said_once(model, monkeypatch, no_rewriting, caplog):
    def wrong(path):
        rewritten = onnx.load_from_string(rewriter.rewrite(path))
        norm = next(node for node in rewritten.graph.node if node.op_type == "MultiHeadAttention")
        next(attribute for attribute in norm.attribute if attribute.name == "scale").f = -3.0
        return rewritten.SerializeToString()

    monkeypatch.setattr(fast, "rewrite", wrong)
    own = Ranker(model, graph="as-shipped").score(QUERY, TEXTS)
    with caplog.at_level(logging.WARNING):
        assert Ranker(model).score(QUERY, TEXTS) == own
    assert said(caplog) == [
        f"{model / 'model.onnx'}: its rewritten graph scores differently, so the model is run as it is"
    ]
    caplog.clear()
    no_rewriting()
    assert Ranker(model).score(QUERY, TEXTS) == own
    assert not said(caplog)


def test_a_graph_that_onnxruntime_does_not_take_is_not_used(model, monkeypatch):
    monkeypatch.setattr(fast, "rewrite", lambda _: b"no graph")
    assert not is_fast(Ranker(model))


def test_a_model_that_is_gone_meanwhile_runs_as_it_is(model, monkeypatch):
    def gone(path):
        path.unlink()
        return rewriter.rewrite(path)

    monkeypatch.setattr(fast, "rewrite", gone)
    assert len(Ranker(model).score(QUERY, TEXTS).scores) == len(TEXTS)


def test_float32_logits_may_differ_by_less_than_int8_ones(fixtures, tmp_path, monkeypatch):
    def nearly(path):
        rewritten = onnx.load_from_string(rewriter.rewrite(path))
        for node in rewritten.graph.node:
            if node.op_type == "MultiHeadAttention":
                next(attribute for attribute in node.attribute if attribute.name == "scale").f *= 1.1
        return rewritten.SerializeToString()

    monkeypatch.setattr(fast, "rewrite", nearly)
    for name, agrees in (("one-logit-fp32", False), ("one-logit-int8", True)):
        model = copy_model(fixtures / name, tmp_path / name)
        assert is_fast(Ranker(model)) is agrees


def test_a_difference_between_tokens_far_apart_is_found(fixtures, tmp_path, monkeypatch, caplog):
    """A window of attention, made from the mask of padding, is taken for that mask and left out."""
    model = copy_model(fixtures / "one-logit-fp32", tmp_path / "model")
    graph = (changed := onnx.load(str(model / "model.onnx"))).graph
    for name, value in {"axis": 1, "row": [1, 1, -1], "column": [1, -1, 1], "width": 100.0, "never": -1e4}.items():
        array = np.array(value, np.float32 if isinstance(value, float) else np.int64)
        graph.initializer.append(onnx.numpy_helper.from_array(array, name))
    make = onnx.helper.make_node
    window = [
        make("CumSum", ["attention_mask", "axis"], ["places"]),
        *(make("Reshape", ["places", shape], [f"{shape} of places"]) for shape in ("row", "column")),
        make("Sub", ["row of places", "column of places"], ["signed"]),
        make("Abs", ["signed"], ["apart"]),
        make("Cast", ["apart"], ["distance"], to=onnx.TensorProto.FLOAT),
        make("Greater", ["distance", "width"], ["is far"]),
        make("Cast", ["is far"], ["far"], to=onnx.TensorProto.FLOAT),
        make("Mul", ["far", "never"], ["window"]),
    ]
    for node in [node for node in graph.node if node.op_type == "Softmax"]:
        masked = make("Add", [node.input[0], "window"], [f"{node.output[0]} in window"])
        graph.node.insert(list(graph.node).index(node), masked)
        node.input[0] = masked.output[0]
    for node in reversed(window):
        graph.node.insert(0, node)
    onnx.save(changed, str(model / "model.onnx"))
    monkeypatch.setattr(fast, "_SAMPLE", 30)
    assert not is_fast(Ranker(model))
    assert "its rewritten graph scores differently" in caplog.text


def test_the_session_that_callers_see_is_that_of_the_models_own_graph(model):
    ranker = Ranker(model)
    ids = np.array([[2, 9, 8, 3]])
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    assert ranker.session.run(None, feed)[0].shape == (1, 1)
    assert ranker.session is ranker.session
    ranker.session = Ranker(model).session
    assert not is_fast(ranker)
    assert ranker.score(QUERY, TEXTS) == Ranker(model, graph="as-shipped").score(QUERY, TEXTS)


def test_the_real_model(shared, tmp_path):
    """L-12's graph is known: its order of the samples holds, and its logits move by what rounding moves them."""
    name = "ms-marco-MiniLM-L-12-v2"
    shutil.copytree(shared / "models" / name, model := tmp_path / name, copy_function=shutil.copyfile)
    model.chmod(0o755)
    own, quick = Ranker(model, max_length=128, graph="as-shipped"), Ranker(model, max_length=128)
    assert is_fast(quick)
    texts = [text for text in TEXTS if text]
    expected, found = own.score(QUERY, texts), quick.score(QUERY, texts)
    assert np.abs(np.subtract(found.logits, expected.logits)).mean() < 0.1
    passages = [{"text": text} for text in texts]
    assert quick.rerank(RerankRequest(QUERY, passages))[0] == {
        "text": max(texts, key=lambda text: expected.logits[texts.index(text)]),
        "score": pytest.approx(max(expected.scores), abs=0.01),
    }


def test_a_model_that_is_run_as_shipped_loads_none_of_the_rewriting(fixtures):
    code = (
        "import sys; from flashrank import Ranker; Ranker(sys.argv[1], graph='as-shipped');"
        "sys.exit(any(name in sys.modules for name in ('flashrank.scoring.fast', 'flashrank.graphs.rewrite')))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(fixtures / "one-logit-int8")], check=False).returncode == 0
