"""Labelling: which passages a query gets, what the teacher says of them, and going on after a kill."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from bench.common.errors import BenchError
from bench.distill.labels import label_files as labelling
from bench.distill.labels.int8_teacher import Int8Teacher
from bench.distill.labels.labelled_queries import read_labelled_queries
from bench.distill.texts.question_files import QuestionFile, question_files, read_questions
from bench.distill.texts.question_forms import TrainingQuestion
from flashrank import Ranker

CONSOLE = Console(quiet=True)
TOPICS = ("cats", "dogs", "birds", "rivers", "stars", "bread", "trains", "music")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for name, beginning in (("facts", "what are"), ("rumours", "where are")):
        rows = [
            {"query": f"{beginning} {topic}", "pos": [f"{topic} are things no {i}", f"more on {topic}"], "neg": ["no"]}
            for i, topic in enumerate(TOPICS)
        ]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def teacher(fixtures: Path) -> Int8Teacher:
    return Int8Teacher(fixtures / "one-logit-int8", threads=1)


def label(data: Path, *rest: Any) -> None:
    labelling.label([QuestionFile(path) for path in question_files(data)], *rest)


class Stopping:
    """A teacher that is killed after so many queries."""

    def __init__(self, teacher: Int8Teacher, queries: int) -> None:
        self.digest, self._teacher, self.left = teacher.digest, teacher, queries

    def logits(self, query: str, texts: list[str]) -> list[float]:
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        return self._teacher.logits(query, texts)


def test_every_query_has_its_answers_and_others(data, teacher, tmp_path):
    label(data, [], tmp_path / "labels", teacher, 100, CONSOLE)
    rows = read_labelled_queries([tmp_path / "labels"])
    assert {row.query for row in rows} == {f"{what} are {topic}" for what in ("what", "where") for topic in TOPICS}
    for row in rows:
        topic = row.query.split()[-1]
        relevant = [text for text, is_relevant in zip(row.texts, row.relevant, strict=True) if is_relevant]
        assert len(relevant) == 2
        assert all(topic in text for text in relevant)
        assert "no" in row.texts
        assert len(row.texts) == len(set(row.texts)) > 3


def test_logits_are_the_models(data, teacher, tmp_path, fixtures):
    label(data, [], tmp_path / "labels", teacher, 2, CONSOLE)
    row = read_labelled_queries([tmp_path / "labels"])[0]
    scores = Ranker(fixtures / "one-logit-int8", offline=True).score(row.query, row.texts).scores
    np.testing.assert_allclose(1 / (1 + np.exp(-np.array(row.logits))), scores, atol=1e-4)


@pytest.mark.parametrize("queries", [0, 3, 6, 7])
def test_a_killed_run_goes_on_to_the_same_bytes(data, teacher, tmp_path, queries, monkeypatch):
    monkeypatch.setattr(labelling, "_SHARD", 3)
    label(data, [], tmp_path / "whole", teacher, 7, CONSOLE)
    with pytest.raises(KeyboardInterrupt):
        label(data, [], tmp_path / "killed", Stopping(teacher, queries), 7, CONSOLE)
    assert len(list((tmp_path / "killed").glob("*.gz"))) == queries // 3
    rest = Stopping(teacher, 100)
    label(data, [], tmp_path / "killed", rest, 7, CONSOLE)
    assert 100 - rest.left == 14 - queries
    names = [sorted(path.name for path in (tmp_path / name).iterdir()) for name in ("whole", "killed")]
    shards = [f"{source}.0{i}.jsonl.gz" for source in ("facts", "rumours") for i in range(3)]
    assert names == [shards, shards]
    for name in shards:
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_sources_take_turns(data, teacher, tmp_path, monkeypatch):
    monkeypatch.setattr(labelling, "_SHARD", 3)
    with pytest.raises(KeyboardInterrupt):
        label(data, [], tmp_path / "labels", Stopping(teacher, 6), 100, CONSOLE)
    files = sorted(path.name for path in (tmp_path / "labels").glob("*.gz"))
    assert files == ["facts.00.jsonl.gz", "rumours.00.jsonl.gz"]


def test_more_queries_are_others(data, teacher, tmp_path, monkeypatch):
    monkeypatch.setattr(labelling, "_SHARD", 2)
    label(data, [], tmp_path / "labels", teacher, 2, CONSOLE)
    label(data, [], tmp_path / "labels", teacher, 5, CONSOLE)
    queries = [row.query for row in read_labelled_queries([tmp_path / "labels"])]
    assert len(queries) == len(set(queries)) == 10


def test_labelled_queries_are_not_labelled_again(data, teacher, tmp_path):
    given = tmp_path / "given"
    given.mkdir()
    passages = [{"text": text, "relevant": 0, "logit": 0.0} for text in "ab"]
    with gzip.open(given / "old.jsonl.gz", "wt") as file:
        file.write(json.dumps({"query": "What  are CATS", "passages": passages}) + "\n")
    label(data, [given], tmp_path / "labels", teacher, 100, CONSOLE)
    assert "what are cats" not in {row.query for row in read_labelled_queries([tmp_path / "labels"])}


def test_a_finished_file_is_left_alone(data, teacher, tmp_path):
    label(data, [], tmp_path / "labels", teacher, 1, CONSOLE)
    label(data, [], tmp_path / "labels", Stopping(teacher, 0), 1, CONSOLE)


def test_a_line_ends_where_json_lines_end(tmp_path):
    # Separators of lines and paragraphs, next line: characters of a JSON text like others.
    text = "one\u2028two\u2029three\x85four"
    rows = [{"query": text, "pos": [text], "neg": []}, {"query": "second", "pos": [], "neg": [text]}]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    assert read_questions(path) == [TrainingQuestion(text, (text,), ()), TrainingQuestion("second", (), (text,))]


def test_a_damaged_source_is_named_with_its_line(data, teacher, tmp_path):
    with (data / "facts.jsonl").open("a") as file:
        file.write('{"query": "no passages"}\n')
    with pytest.raises(BenchError, match=r"facts\.jsonl:9"):
        label(data, [], tmp_path / "labels", teacher, 1, CONSOLE)


def test_a_folder_without_queries_is_refused(teacher, tmp_path):
    with pytest.raises(BenchError, match=r"no \*\.jsonl files"):
        label(tmp_path, [], tmp_path / "labels", teacher, 1, CONSOLE)
