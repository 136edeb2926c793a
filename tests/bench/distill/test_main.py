"""The command line: what it refuses, and in which words."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.distill.__main__ import main
from bench.distill.export.model_directory import write_model
from bench.distill.texts.hashing import is_held_back


def test_export_before_training_is_one_line(tmp_path, capsys):
    assert main(["export", "--out", str(tmp_path / "none")]) == 2
    assert "run the stage `train` first" in capsys.readouterr().err


def test_a_decay_that_is_no_share_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["train", "--decay", "1.5"])
    assert "--decay: 1.5 is not between 0 and 1" in capsys.readouterr().err


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
