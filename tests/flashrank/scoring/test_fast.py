"""``Ranker(..., graph="fast")``: what it scores, what it keeps, and when it runs a model as it is."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

import flashrank
from flashrank import InvalidRequest, Ranker, RerankRequest
from flashrank.graphs import rewrite as rewriter
from flashrank.models import kept_graph
from flashrank.scoring import fast
from flashrank.scoring.samples import SAMPLES

QUERY = "why are there two high tides a day"
TEXTS = [passage[:300] for _, passages in SAMPLES[:4] for passage in passages]


@pytest.fixture
def model(fixtures, tmp_path):
    """A directory with an int8 model whose graph is known."""
    return Path(shutil.copytree(fixtures / "one-logit-int8", tmp_path / "model"))


@pytest.fixture
def no_rewriting(monkeypatch):
    """Rewriting is an error."""

    def refuse(path):
        raise AssertionError(f"{path} was rewritten again")

    return lambda: monkeypatch.setattr(fast, "rewrite", refuse)


def is_fast(ranker):
    """Tell whether a rewritten graph is run."""
    return ranker._encoder.is_rewritten


def said(caplog):
    """Return what was warned of, but for what a Ranker says of its limits and texts."""
    return [record.getMessage() for record in caplog.records if record.name == "flashrank"]


def kept(model):
    """Return the names of what is kept beside a model."""
    return sorted(path.name for path in (model / ".fast").iterdir())


@pytest.mark.parametrize("name", ["one-logit-fp32", "one-logit-int8", "two-logits-int8"])
def test_scores_are_those_of_the_model(fixtures, tmp_path, name):
    model = shutil.copytree(fixtures / name, tmp_path / name)
    own, quick = Ranker(model), Ranker(model, graph="fast")
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


def test_the_models_own_graph_is_the_default_and_scores_to_the_bit(fixtures, model):
    own = Ranker(model, graph="as-shipped").score(QUERY, TEXTS)
    assert own == Ranker(model).score(QUERY, TEXTS) == Ranker(fixtures / "one-logit-int8").score(QUERY, TEXTS)
    assert not (model / ".fast").exists()


def test_another_graph_is_refused(model):
    with pytest.raises(InvalidRequest, match="graph is 'quick'; allowed: as-shipped, fast"):
        Ranker(model, graph="quick")


def test_a_kept_graph_is_not_made_again(model, no_rewriting):
    first = Ranker(model, graph="fast").score(QUERY, TEXTS)
    no_rewriting()
    again = Ranker(model, graph="fast")
    assert is_fast(again)
    assert again.score(QUERY, TEXTS) == first
    assert len(kept(model)) == 2


def test_a_copy_of_a_model_takes_its_kept_graph_along(model, tmp_path, no_rewriting):
    Ranker(model, graph="fast")
    copy = shutil.copytree(model, tmp_path / "copy")
    no_rewriting()
    assert is_fast(Ranker(copy, graph="fast"))


def test_a_graph_that_is_not_known_is_looked_at_once(fixtures, tmp_path, no_rewriting, caplog):
    model = shutil.copytree(fixtures / "architectures" / "modernbert", tmp_path / "modernbert")
    with caplog.at_level(logging.WARNING):
        assert not is_fast(Ranker(model, graph="fast"))
    assert kept(model) == ["model.onnx.json"]
    assert not said(caplog)
    no_rewriting()
    assert not is_fast(Ranker(model, graph="fast"))


def test_a_changed_model_is_rewritten_again(model):
    before = Ranker(model, graph="fast").score(QUERY, TEXTS)
    (old,) = (model / ".fast").glob("*.onnx")
    changed = onnx.load(str(model / "model.onnx"))
    bias = next(tensor for tensor in changed.graph.initializer if tensor.name.endswith("classifier.bias"))
    bias.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(bias) + 1, bias.name))
    onnx.save(changed, str(model / "model.onnx"))
    after = Ranker(model, graph="fast").score(QUERY, TEXTS)
    np.testing.assert_allclose(after.logits, np.add(before.logits, 1), atol=1e-5)
    assert not old.exists()
    assert len(kept(model)) == 2


@pytest.mark.parametrize("damage", ["cut", "garbage", "gone", "record", "version"])
def test_a_kept_graph_that_cannot_be_used_is_made_again(model, damage):
    expected = Ranker(model, graph="fast").score(QUERY, TEXTS)
    (graph,), record = (model / ".fast").glob("*.onnx"), model / ".fast" / "model.onnx.json"
    whole = graph.read_bytes()
    if damage == "cut":
        graph.write_bytes(whole[:-1])
    elif damage == "garbage":
        graph.write_bytes(bytes(len(whole)))
    elif damage == "gone":
        graph.unlink()
    elif damage == "record":
        record.write_text("{", encoding="utf-8")
    else:
        said = json.loads(record.read_text(encoding="utf-8"))
        record.write_text(json.dumps(said | {"rewriter": 0}), encoding="utf-8")
    again = Ranker(model, graph="fast")
    assert is_fast(again)
    assert again.score(QUERY, TEXTS) == expected
    assert graph.read_bytes() == whole
    assert json.loads(record.read_text(encoding="utf-8"))["rewriter"] == rewriter.REWRITER


def test_a_graph_that_scores_differently_is_not_used_and_said_once(model, monkeypatch, no_rewriting, caplog):
    def wrong(path):
        rewritten = onnx.load_from_string(rewriter.rewrite(path))
        norm = next(node for node in rewritten.graph.node if node.op_type == "MultiHeadAttention")
        next(attribute for attribute in norm.attribute if attribute.name == "scale").f = -3.0
        return rewritten.SerializeToString()

    monkeypatch.setattr(fast, "rewrite", wrong)
    own = Ranker(model).score(QUERY, TEXTS)
    with caplog.at_level(logging.WARNING):
        assert Ranker(model, graph="fast").score(QUERY, TEXTS) == own
    assert said(caplog) == [
        f"{model / 'model.onnx'}: its rewritten graph scores differently, so the model is run as it is"
    ]
    caplog.clear()
    no_rewriting()
    assert Ranker(model, graph="fast").score(QUERY, TEXTS) == own
    assert not said(caplog)


def test_a_graph_that_onnxruntime_does_not_take_is_not_used(model, monkeypatch):
    monkeypatch.setattr(fast, "rewrite", lambda _: b"no graph")
    assert not is_fast(Ranker(model, graph="fast"))


@pytest.mark.skipif(os.name != "posix", reason="who may write a folder is asked on POSIX only")
def test_nothing_is_taken_from_a_folder_that_others_may_write(model, monkeypatch):
    Ranker(model, graph="fast")
    (model / ".fast").chmod(0o777)
    made = []
    monkeypatch.setattr(fast, "rewrite", lambda path: made.append(path) or rewriter.rewrite(path))
    assert is_fast(Ranker(model, graph="fast"))
    assert made == [model / "model.onnx"]


def test_a_folder_that_cannot_be_written_is_no_error(model, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(kept_graph, "write_whole", refuse)
    for _ in range(2):
        assert is_fast(Ranker(model, graph="fast"))
    assert kept(model) == []


def test_nothing_is_written_into_the_package():
    bundled = Path(flashrank.__file__).parent / "bundled" / "nano"
    Ranker("nano", graph="fast")
    assert not (bundled / ".fast").exists()


def test_two_processes_at_once_both_score(model):
    code = (
        "import sys, json; from flashrank import Ranker; ranker = Ranker(sys.argv[1], graph='fast');"
        "print(json.dumps([ranker._encoder.is_rewritten, *ranker.score('tides', ['The moon.', 'Bread.']).logits]))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(model)], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    first, second = (json.loads(process.communicate(timeout=60)[0]) for process in started)
    assert first == second
    assert first[0]
    assert len(kept(model)) == 2


def test_the_session_that_callers_see_is_that_of_the_models_own_graph(model):
    ranker = Ranker(model, graph="fast")
    ids = np.array([[2, 9, 8, 3]])
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    assert ranker.session.run(None, feed)[0].shape == (1, 1)
    assert ranker.session is ranker.session
    ranker.session = Ranker(model).session
    assert not is_fast(ranker)
    assert ranker.score(QUERY, TEXTS) == Ranker(model).score(QUERY, TEXTS)


def test_the_real_model(shared, tmp_path):
    """L-12's graph is known: its order of the samples holds, and its logits move by what rounding moves them."""
    name = "ms-marco-MiniLM-L-12-v2"
    shutil.copytree(shared / "models" / name, model := tmp_path / name, copy_function=shutil.copyfile)
    model.chmod(0o755)
    own, quick = Ranker(model, max_length=128), Ranker(model, max_length=128, graph="fast")
    assert is_fast(quick)
    texts = [text for text in TEXTS if text]
    expected, found = own.score(QUERY, texts), quick.score(QUERY, texts)
    assert np.abs(np.subtract(found.logits, expected.logits)).mean() < 0.1
    passages = [{"text": text} for text in texts]
    assert quick.rerank(RerankRequest(QUERY, passages))[0] == {
        "text": max(texts, key=lambda text: expected.logits[texts.index(text)]),
        "score": pytest.approx(max(expected.scores), abs=0.01),
    }
