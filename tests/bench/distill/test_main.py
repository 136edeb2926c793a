"""The command line: what it refuses, and in which words."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from tokenizers import Tokenizer

from bench.common.errors import BenchError
from bench.distill.__main__ import main
from bench.distill.export.model_directory import write_model
from bench.distill.from_questions.question_stages import prepare_new
from bench.distill.student.design import Design
from bench.distill.student.exported_student import read_exported
from bench.distill.student.start import LargerVocabulary, start_from
from bench.distill.student.student_folder import DESIGN, load_design
from bench.distill.student.teacher_weights import read_weights
from bench.distill.student.weights import load_weights
from bench.distill.student.word_pieces import prune, pruned_tokenizer
from bench.distill.texts.hashing import is_held_back


def test_export_before_training_is_one_line(tmp_path, capsys):
    assert main(["export", "--out", str(tmp_path / "none")]) == 2
    assert "run the stage `train` first" in capsys.readouterr().err


def test_a_decay_that_is_no_share_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["train", "--decay", "1.5"])
    assert "--decay: 1.5 is not between 0 and 1" in capsys.readouterr().err


def test_another_design_in_the_same_folder_is_refused(tmp_path):
    (tmp_path / DESIGN).write_text(json.dumps(Design(table=64).as_json()))
    with pytest.raises(BenchError, match="another design"):
        prepare_new("none", [], Design(), 1, tmp_path, Console(quiet=True))


def test_a_pack_is_for_labels_only(tmp_path, capsys):
    assert main(["train", "--pack", str(tmp_path)]) == 2
    assert "the other stages read --parcels, with --minutes" in capsys.readouterr().err
    assert main(["pack", "--parcels", str(tmp_path)]) == 2
    assert "give --pack" in capsys.readouterr().err


def test_help_needs_no_torch():
    code = "import sys; sys.modules['torch'] = None; from bench.distill.__main__ import main; main(['--help'])"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    assert "label, train, export, evaluate" in found.stdout


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


def test_labels_that_earlier_rounds_learned_may_be_left_to_choose_only(student, tmp_path, capsys):
    pytest.importorskip("torch", reason="torch is not installed: NO training ran from the command line")
    write_model(tmp_path / "shipped", student.weights, student.design, student.tokenizer, table_bits=7, bits=7)
    passages = [{"text": text, "relevant": i // 2, "logit": i} for i, text in enumerate(("a cat", "no cat", "cats"))]
    learned, held_back = {}, {}
    for kind, folder in (("given", tmp_path / "data" / "teacher"), ("own", tmp_path / "out" / "labels")):
        folder.mkdir(parents=True)
        queries = [f"{kind} {number}" for number in range(100)]
        held_back[kind] = sum(map(is_held_back, queries))
        learned[kind] = len(queries) - held_back[kind]
        with gzip.open(folder / "searches.00.jsonl.gz", "wt") as file:
            file.writelines(json.dumps({"query": query, "passages": passages}) + "\n" for query in queries)
    command = ["train", "--start", str(tmp_path / "shipped"), "--data", str(tmp_path / "data"), "--pairs", "24"]
    assert main([*command, "--vocabulary", "1", "--out", str(tmp_path / "out"), "--own-labels"]) == 0
    chosen_by = sum(held_back.values())
    assert f"{learned['own']} queries with {3 * learned['own']} pairs; {chosen_by} queries" in capsys.readouterr().out
