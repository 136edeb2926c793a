"""The verb ``cascade``, from texts on disk to a report, and what the committed one says."""

from __future__ import annotations

import json
from itertools import islice

import pandas as pd
import pytest

from bench.cli.main import main
from bench.common.errors import BenchError
from bench.distill.cascade import scored_requests
from bench.distill.cascade.training_queries import TrainingTexts
from flashrank.cascade.rescoring import PATIENCE

from ....source_tree import ROOT

SOURCES = ("forum", "titles", "web", "questions")


@pytest.fixture
def texts(tiny, tmp_path) -> TrainingTexts:
    folder = tmp_path / "questions"
    folder.mkdir()
    rows = [
        {"query": f"{text.split()[1]} {text.split()[0]}", "pos": [text], "neg": []} for text in tiny.pack.passages[:60]
    ]
    (folder / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return TrainingTexts(tiny.folder / "pack", folder)


@pytest.fixture
def command(tiny, texts, fixtures, tmp_path) -> list[str]:
    return [
        *("cascade", str(tiny.teacher), "--first", str(fixtures / "two-logits-int8")),
        *("--pack", str(texts.pack), "--questions", str(texts.questions)),
        *("--queries", "8", "--depth", "20", "--loss", "0.9", "--out", str(tmp_path / "out")),
    ]


def test_sources_take_turns_and_fewer_queries_are_the_first_of_more(texts):
    requests = list(islice(texts.requests(20), 8))
    assert [request.source for request in requests] == [*SOURCES, *SOURCES]
    assert list(islice(texts.requests(20), 3)) == requests[:3]
    for request in requests:
        assert 1 < len(request.texts) <= 20
        assert (request.answers is None) == (request.source != "questions")
    (answer,) = requests[3].answers
    assert requests[3].texts[answer].split()[1::-1] == requests[3].query.split()


def test_the_report_is_written_and_no_query_is_scored_twice(command, tmp_path, monkeypatch, capsys):
    out = tmp_path / "out"
    assert main(command) == 0
    assert "report: " in capsys.readouterr().out
    found = json.loads((out / "cascade.json").read_text())
    assert (found["first"], found["second"], found["queries"]) == ("two-logits-int8", "teacher", 8)
    assert found["patience"] >= 1
    table = pd.read_csv(out / "curve.csv")
    assert list(table["rule"].unique()) == [
        "in a row without one of the first ten",
        "logits below the first model's tenth",
        "a fixed number",
    ]
    assert (table["loss low"] <= table["loss of nDCG@10"]).all()
    assert table[table["rule"] == "a fixed number"]["rescored"].is_monotonic_increasing
    page = (out / "cascade.md").read_text()
    assert f"**Chosen: {found['patience']} passages in a row.**" in page
    assert "6 queries of 3 sources" in page
    monkeypatch.setattr(scored_requests, "Ranker", lambda *_, **__: pytest.fail("scored again"))
    assert main(command) == 0
    assert (out / "cascade.md").read_text() == page


def test_texts_that_are_not_there_are_told_in_one_line(command, tmp_path, capsys):
    for option, message in (("--pack", "no pack, whose first files are"), ("--questions", "no *.jsonl files")):
        place = command.index(option) + 1
        assert main([*command[:place], str(tmp_path), *command[place + 1 :]]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert "Traceback" not in error


def test_too_few_queries_and_a_loss_that_is_none_are_refused(command, capsys):
    assert main([*command, "--queries", "1"]) == 2
    assert "1 query of the pack" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*command, "--loss", "2"])
    assert "'2' is not a number between 0 and 1" in capsys.readouterr().err


def test_a_damaged_question_file_is_named(texts):
    (texts.questions / "questions.jsonl").write_text("{}\n")
    with pytest.raises(BenchError, match=r"questions\.jsonl:1: not a JSON object"):
        list(texts.requests(5))


def test_the_rankers_patience_is_what_the_committed_report_chose():
    chosen = json.loads((ROOT / "reports" / "cascade" / "cascade.json").read_text())
    assert (chosen["first"], chosen["second"], chosen["loss"]) == ("nano", "ms-marco-MiniLM-L-12-v2", 0.005)
    assert chosen["patience"] == PATIENCE
