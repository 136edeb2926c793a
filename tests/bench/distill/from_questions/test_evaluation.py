"""Evaluation of a model directory on a small collection, and the card that quotes it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from scipy import stats

from bench.common.errors import BenchError
from bench.data.dataset_spec import DatasetSpec
from bench.distill.export.card import CARD, write_card
from bench.distill.export.model_directory import write_model
from bench.distill.from_questions import evaluation
from bench.distill.from_questions.evaluation import CollectionQuality
from bench.distill.student.design import TrainingRound

CONSOLE = Console(quiet=True)
ANIMALS = ("cat", "dog", "horse", "owl", "fish", "snake")


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "animals"
    (folder / "qrels").mkdir(parents=True)
    documents = [{"_id": f"d{i}", "title": "", "text": f"the {name} is an animal"} for i, name in enumerate(ANIMALS)]
    queries = [{"_id": f"q{i}", "text": f"what animal is the {name}"} for i, name in enumerate(ANIMALS)]
    for name, rows in (("corpus", documents), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    judgments = [f"q{i}\td{i}\t1\n" for i in range(len(ANIMALS))]
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(judgments), encoding="utf-8")
    return folder


@pytest.fixture
def model(student, tmp_path: Path) -> Path:
    write_model(tmp_path / "export", student.weights, student.design, student.tokenizer, table_bits=6, bits=7)
    return tmp_path / "export"


@pytest.fixture
def evaluated(collection, model, fixtures, tmp_path, monkeypatch) -> Path:
    specs = (DatasetSpec(path=collection, name="Animals", note="made up"),)
    monkeypatch.setattr(evaluation, "test_collections", lambda: specs)
    monkeypatch.setattr(evaluation, "_TOKENS", (16,))
    monkeypatch.setattr("bench.run.execute.indexes_dir", lambda: tmp_path / "cache")
    out = tmp_path / "out"
    evaluation.evaluate(model, fixtures / "one-logit-int8", (), 4, out, CONSOLE)
    return out


def test_every_query_is_compared_and_speed_measured(evaluated):
    document = json.loads((evaluated / "evaluation.json").read_text())
    row = document["quality"]["Animals"]
    assert row["queries"] == 4
    assert row["baseline"] == 1.0  # the name is in one document only
    assert 0 <= row["mean"] <= 1
    assert row["better"] == 0
    assert row["low"] <= row["mean"] - row["baseline"] <= row["high"] <= 0
    assert 0 <= row["randomisation"] <= 1
    assert {speed["tokens"] for speed in document["speed"]} == {16}
    assert all(speed["ratio"] > 0 for speed in document["speed"])
    assert document["zipped_bytes"] < document["bytes"]


def test_quality_is_written_as_it_is_read():
    row = CollectionQuality.compare([0.5, 0.9, 0.4, 0.7], [0.1, 0.6, 0.6, 0.7])
    assert set(row.as_json()) == {
        *("queries", "baseline", "mean", "low", "high"),
        *("t_test", "randomisation", "better", "worse"),
    }
    assert (row.as_json()["mean"], row.as_json()["baseline"]) == pytest.approx((0.625, 0.5))
    line = evaluation.as_markdown({"x": row}, [], {}).splitlines()[2]
    # Of the 8 ways to flip .4, .3 and -.2, those at .5 or beyond on either side: two each.
    assert line.startswith("| x | 4 | 0.5000 | 0.6250 | +0.1250 [")
    assert line.endswith(f"] | 2 / 1 | {stats.ttest_1samp([0.4, 0.3, -0.2, 0], 0).pvalue:.2g} | 0.5 |")


def test_one_query_has_no_p_value():
    row = CollectionQuality.compare([0.5], [0.1])
    assert (row.as_json()["t_test"], row.as_json()["randomisation"]) == (None, None)
    assert "| none | none |" in evaluation.as_markdown({"x": row}, [], {})


def test_the_card_quotes_it(evaluated, model, student):
    log = [
        {"pairs": 0, "seconds": 0, "queries": 5, "start_share": 0.0, "kept": True, "agreement": 0.4},
        {"pairs": 2000, "seconds": 120, "queries": 5, "start_share": 0.2, "kept": True, "agreement": 0.8},
    ]
    (evaluated / "training.jsonl").write_text("".join(json.dumps(row) + "\n" for row in log), encoding="utf-8")
    design = replace(student.design, rounds=(TrainingRound(1_000, 9), TrainingRound(2_000, 2)))
    write_card(evaluated, model, design, (2_000_000, 1_000_000), (7, 6))
    text = (model / CARD).read_text(encoding="utf-8")
    assert (evaluated / "evaluation.md").read_text(encoding="utf-8") in text
    assert "3,000 pairs in\n  11 minutes on 2 cores, in 2 rounds of training" in text
    assert "80.0%" in text
    assert "mixed with 20% of what the round started from" in text
    assert "apart; before the last round 40.0%" in text
    assert "English only" in text


def test_an_unknown_collection_is_refused(model, fixtures, tmp_path):
    with pytest.raises(BenchError, match="no collection called 'dl19'; there are: TREC DL19"):
        evaluation.evaluate(model, fixtures / "one-logit-int8", ("dl19",), None, tmp_path / "out", CONSOLE)
