"""A student before another round: its weights, its vocabulary, and the folder of another student."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tokenizers import Tokenizer

from bench.common.errors import BenchError
from bench.distill.export.model_directory import write_model
from bench.distill.student.design import Design
from bench.distill.student.exported_student import read_exported
from bench.distill.student.start import LargerVocabulary, start_from, start_new, with_heads
from bench.distill.student.student_folder import DESIGN, load_design
from bench.distill.student.weights import load_weights
from bench.distill.student.word_pieces import prune, pruned_tokenizer
from bench.systems.bert_weights import read_weights


def test_another_round_starts_from_an_exported_student(student, tmp_path):
    write_model(tmp_path / "shipped", student.weights, student.design, student.tokenizer, table_bits=7, bits=7)
    for _ in range(2):
        start_from(tmp_path / "shipped", tmp_path / "out")
        assert json.loads((tmp_path / "out" / "tokenizer.json").read_text()) == json.loads(student.tokenizer)
        assert load_weights(tmp_path / "out" / "start.npz").keys() == student.weights.keys()
        assert load_design(tmp_path / "out").table == student.design.table


def test_another_round_in_the_folder_of_another_student_is_refused(student, tmp_path):
    write_model(tmp_path / "shipped", student.weights, student.design, student.tokenizer, table_bits=7, bits=7)
    (tmp_path / DESIGN).write_text(json.dumps(Design().as_json()))
    with pytest.raises(BenchError, match="another design"):
        start_from(tmp_path / "shipped", tmp_path)


def test_another_round_may_have_more_pieces(fixtures, student, tmp_path):
    teacher = fixtures / "one-logit-int8"
    full = Tokenizer.from_file(str(teacher / "tokenizer.json"))
    vocabulary = full.get_vocab()
    pieces = sorted(vocabulary, key=vocabulary.__getitem__)
    few = prune(vocabulary, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], {}, len(pieces) - 20)
    rows = student.weights["embeddings.table"][[vocabulary[piece] for piece in few]]
    weights = student.weights | {"embeddings.table": rows}
    design = replace(student.design, vocabulary=len(few))
    write_model(tmp_path / "shipped", weights, design, pruned_tokenizer(full, few), table_bits=7, bits=7)
    for _ in range(2):
        start_from(
            tmp_path / "shipped",
            tmp_path / "out",
            LargerVocabulary(len(pieces), lambda: (read_weights(teacher / "model.onnx"), full)),
        )
    grown = load_weights(tmp_path / "out" / "start.npz")["embeddings.table"]
    assert grown.shape == student.weights["embeddings.table"].shape
    had = read_exported(tmp_path / "shipped")[0]["embeddings.table"]
    np.testing.assert_array_equal(grown[[vocabulary[piece] for piece in few]], had)
    assert load_design(tmp_path / "out").vocabulary == len(pieces)
    tokenizer = Tokenizer.from_file(str(tmp_path / "out" / "tokenizer.json"))
    assert tokenizer.get_vocab() == {piece: i for i, piece in enumerate(pieces)}


@pytest.mark.parametrize(("width", "heads"), [(None, 12), (128, 4), (384, 12)])
def test_a_narrower_student_has_fewer_heads(width, heads):
    assert with_heads(Design(width=width), 384, 12).heads == heads


@pytest.mark.parametrize("width", [0, 100, 416])
def test_rows_that_are_no_whole_number_of_heads_are_refused(width):
    with pytest.raises(BenchError, match=f"--width is {width}; expected a multiple of 32"):
        with_heads(Design(width=width), 384, 12)


def test_a_layer_that_the_teacher_lacks_is_refused(fixtures, tmp_path):
    teacher = fixtures / "one-logit-int8"
    tokenizer = Tokenizer.from_file(str(teacher / "tokenizer.json"))
    with pytest.raises(BenchError, match="the teacher has layers 0 to 1, not 5"):
        start_new(read_weights(teacher / "model.onnx"), tokenizer, {}, Design(layers=(0, 5)), 1, tmp_path)
    assert not list(tmp_path.iterdir())
