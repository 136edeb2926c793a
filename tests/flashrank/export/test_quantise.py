"""Of the ways to quantise, the one that stays closest to float32 is kept; this needs onnx but no torch."""

from __future__ import annotations

import logging
import shutil

import numpy as np
import onnx
import pytest

from flashrank import Ranker
from flashrank.errors import InvalidModel
from flashrank.export.check import Difference, graph_logits
from flashrank.export.quantise import Choice, choices, closest, quantise
from flashrank.scoring.heads import relevance_logits

TEXTS = ("Bees find their way home by the sun.", "Bread rises.", "", "tide " * 40)


@pytest.fixture
def graph(fixtures, tmp_path):
    return shutil.copy(fixtures / "one-logit-fp32" / "model.onnx", tmp_path / "model.onnx")


@pytest.fixture
def pairs(fixtures):
    return Ranker(fixtures / "one-logit-fp32", log_level="ERROR")._pairs.encode("how do bees find home", TEXTS)


def operators(path):
    return [node.op_type for node in onnx.load(path).graph.node]


def test_the_choices():
    assert len(choices(None, None)) == 8
    assert {choice.per_channel for choice in choices(True, None)} == {True}
    assert choices(False, True) == [Choice(False, True, False), Choice(False, True, True)]


def test_the_closest_is_kept_and_nothing_else(graph, pairs):
    expected = graph_logits(graph, pairs)
    tried = []
    best = closest(graph, choices(None, None), lambda path: graph_logits(path, pairs), expected, tried.append)
    assert [one.choice for one in tried] == choices(None, None)
    assert best.difference.mean == min(one.difference.mean for one in tried)
    assert sorted(path.name for path in graph.parent.iterdir()) == sorted([best.graph.name, "model.onnx"])
    assert best.size == best.graph.stat().st_size < graph.stat().st_size * 0.6
    odds = relevance_logits(graph_logits(best.graph, pairs))
    assert Difference.between(odds, relevance_logits(expected)) == best.difference


def test_of_equals_the_first_is_kept(graph):
    same = np.zeros((3, 1), np.float32)
    assert closest(graph, choices(True, None), lambda _: same, same, lambda _: None).choice == choices(True, None)[0]


def test_what_a_choice_says_is_what_is_done(graph, tmp_path):
    integer = {}
    for narrowing in (True, False):
        quantise(graph, out := tmp_path / f"{narrowing}.onnx", Choice(True, True, narrowing))
        integer[narrowing] = operators(out).count("MatMulInteger")
    # Two layers: query, key, value, output and two of the feed-forward network each, then the pooler; never the head.
    assert integer == {True: 13, False: 11}
    weights = [
        onnx.numpy_helper.to_array(tensor)
        for tensor in onnx.load(out).graph.initializer
        if tensor.data_type == onnx.TensorProto.INT8 and len(tensor.dims) == 2 and tensor.dims[0] < 100
    ]
    assert max(int(np.abs(array.astype(int)).max()) for array in weights) <= 64  # 7 bits


def test_the_root_logger_is_left_as_it_was(graph, tmp_path, caplog):
    quantise(graph, tmp_path / "out.onnx", Choice(False, False, True))
    assert not caplog.records
    assert logging.root.manager.disable == logging.NOTSET


def test_what_cannot_be_quantised_says_so(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(InvalidModel, match="onnxruntime cannot quantise it per tensor, 8 bits, all matrices: "):
        quantise(tmp_path / "model.onnx", tmp_path / "out.onnx", Choice(False, False, True))
