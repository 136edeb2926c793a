"""The teacher on a device: believed where it agrees with its labels, stopped and gone on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: NO labelling on a device ran")

from bench.common.errors import BenchError  # noqa: E402
from bench.distill.from_packs import device_labels as teaching  # noqa: E402
from bench.distill.from_packs.device_labels import compare_with_int8, label_on_device, matching_reader  # noqa: E402
from bench.distill.from_packs.pair_reader import PairReader  # noqa: E402
from bench.distill.packs.flat_texts import PairMaker, flat_texts  # noqa: E402
from bench.distill.packs.label_arrays import LabelArrays, load_label_arrays  # noqa: E402
from bench.distill.student.teacher_weights import as_teacher  # noqa: E402
from bench.distill.student.word_pieces import whole_tokenizer  # noqa: E402
from bench.systems.bert_weights import read_weights  # noqa: E402


def test_the_teacher_is_only_believed_where_it_agrees_with_its_labels(tiny, tmp_path, monkeypatch):
    weights = as_teacher(read_weights(Path(tiny.teacher / "model.onnx")))
    tokenizer = whole_tokenizer((tiny.teacher / "tokenizer.json").read_text())
    texts = (
        flat_texts(some, tokenizer, 100, tmp_path / f"{i}.npy")
        for i, some in enumerate((tiny.pack.queries, tiny.pack.passages))
    )
    reader = PairReader(PairMaker(*texts, tokenizer, 100, "cpu"), 4, 300, "float32")
    label_on_device(reader.on_device(weights), reader, tiny.pack, np.arange(40), tmp_path, lambda: 100.0, print)
    made = load_label_arrays(tmp_path / "logits.npy", tiny.pack)
    assert set(made.query.tolist()) == set(range(40, 60))
    assert compare_with_int8(reader.on_device(weights), reader, made).difference < 0.01
    assert matching_reader(reader.on_device(weights), reader, made, 50, print).precision == "float32"
    monkeypatch.setitem(teaching._PRECISIONS, "cpu", ("bfloat16", "float16"))
    monkeypatch.setattr(teaching, "_DIFFERENCE", 0.02)  # where eight bits are too few
    assert matching_reader(reader.on_device(weights), reader, made, 50, print).precision == "float16"
    wrong = LabelArrays(made.query, made.passage, made.logit[::-1].copy())
    with pytest.raises(BenchError, match="of another teacher"):
        matching_reader(reader.on_device(weights), reader, wrong, 50, print)
    with pytest.raises(BenchError, match="no labels of the int8 file"):
        matching_reader(reader.on_device(weights), reader, LabelArrays.merge([]), 50, print)


def test_labelling_stops_in_time_and_goes_on(tiny, student, reader, tmp_path):
    weights, left = reader.on_device(student.weights), iter([1.0, 0.0])
    label_on_device(weights, reader, tiny.pack, np.arange(0), tmp_path, lambda: next(left, 0.0), print)
    first = load_label_arrays(tmp_path / "logits.npy", tiny.pack)
    assert 0 < len(set(first.query.tolist())) < 59
    label_on_device(weights, reader, tiny.pack, np.arange(0), tmp_path, lambda: 100.0, print)
    every = load_label_arrays(tmp_path / "logits.npy", tiny.pack)
    assert len(set(every.query.tolist())) == 59  # one has no candidates
    assert set(first.logit.tolist()) <= set(every.logit.tolist())
