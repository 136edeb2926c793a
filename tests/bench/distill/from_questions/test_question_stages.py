"""From a trained student to a model directory that knows its training."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bench.common.errors import BenchError
from bench.distill.from_questions.question_stages import card_stage, export_stage, prepare_new
from bench.distill.student.design import Design, TrainingRound
from bench.distill.student.exported_student import read_exported
from bench.distill.student.student_folder import DESIGN, HELD_BACK, load_design, trained_design
from bench.distill.student.training_log import append_check
from bench.distill.student.weights import save_weights


@pytest.fixture
def out(student, tmp_path: Path) -> Path:
    earlier = replace(student.design, rounds=(TrainingRound(5_000, 7),))
    (tmp_path / DESIGN).write_text(json.dumps(earlier.as_json()))
    (tmp_path / "tokenizer.json").write_text(student.tokenizer)
    save_weights(tmp_path / "student.npz", student.weights)
    for pairs, agreement, kept in ((0, 0.5, True), (2_000, 0.8, True), (3_000, 0.7, False)):
        row = {"pairs": pairs, "seconds": 60 * pairs / 1_000, "queries": 1, "start_share": 0.0}
        append_check(tmp_path, row | {"agreement": agreement, "kept": kept})
    return tmp_path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    folder = tmp_path / "labels"
    folder.mkdir()
    passages = [{"text": text, "relevant": 0, "logit": i} for i, text in enumerate(("a cat", "no cat", "cats"))]
    with gzip.open(folder / "searches.00.jsonl.gz", "wt") as file:
        for number in range(200):
            file.write(json.dumps({"query": f"cat {number}", "passages": passages}) + "\n")
    return folder


def test_a_student_takes_all_rounds_of_its_training_along(out, labels):
    export_stage([labels], out, table_bits=6, bits=6, console=Console(quiet=True))
    _, design = read_exported(out / "export")
    assert design.rounds == (TrainingRound(5_000, 7), TrainingRound(2_000, 2))
    card = (out / "export" / "MODEL_CARD.md").read_text()
    assert "7,000 pairs in\n  9 minutes" in card
    assert "forms of a search box" in card


def test_a_card_claims_no_searches_that_there_were_not(out, labels):
    (labels / "searches.00.jsonl.gz").rename(labels / "medquad.00.jsonl.gz")
    export_stage([labels], out, table_bits=6, bits=6, console=Console(quiet=True))
    assert "search box" not in (out / "export" / "MODEL_CARD.md").read_text()


def test_a_card_names_the_sources_that_were_held_back_from_a_pack(out, labels):
    export_stage([labels], out, table_bits=6, bits=6, console=Console(quiet=True))
    card = out / "export" / "MODEL_CARD.md"
    assert "2 in 100 of the training queries, chosen by a hash" in card.read_text()
    kinds = (("held back", "all"), ("held back", "titles"), ("held back", "forum"), ("test", "web"))
    (out / HELD_BACK).write_text("".join(json.dumps({"kind": kind, "source": source}) + "\n" for kind, source in kinds))
    card_stage(out, 6, 6)
    assert "All queries of some sources (forum, titles) were held back to choose" in card.read_text()
    assert "2 in 100" not in card.read_text()


def test_a_start_that_no_training_bettered_is_no_round_more(out):
    (out / "training.jsonl").unlink()
    append_check(out, {"pairs": 0, "seconds": 0, "queries": 1, "agreement": 0.5, "kept": True})
    assert trained_design(out) == load_design(out)


def test_designs_come_back_from_json_and_those_of_before_rounds_too():
    design = Design(layers=(0, 2), rounds=(TrainingRound(1, 2),))
    assert Design.from_json(json.loads(json.dumps(design.as_json()))) == design
    old = {name: value for name, value in Design().as_json().items() if name != "rounds"}
    assert Design.from_json(old) == Design()


def test_a_folder_without_a_student_is_refused(tmp_path):
    with pytest.raises(BenchError, match="run the stage `train` first"):
        trained_design(tmp_path)


def test_another_design_in_the_same_folder_is_refused(tmp_path):
    (tmp_path / DESIGN).write_text(json.dumps(Design(table=64).as_json()))
    with pytest.raises(BenchError, match="another design"):
        prepare_new("none", [], Design(), 1, tmp_path, Console(quiet=True))
