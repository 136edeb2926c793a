"""Searches over all files: what the queries are, and which passages they get."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from rich.console import Console

from bench.distill.labels import label_files as labelling
from bench.distill.labels.int8_teacher import Int8Teacher
from bench.distill.labels.label_files import label
from bench.distill.texts.searches import Searches
from bench.distill.texts.substitution import Substitution

WORDS = ["zebra", "stone", "quiver"]
PLACES = ("venice", "cairo", "lisbon", "oslo", "quito", "accra", "hanoi", "sofia", "dakar", "turin", "perth", "leeds")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    rows = [
        {
            "query": f"how many bridges has {place}",
            "pos": [
                f"{place} has {number} bridges over old canals and its market sells woven baskets and dried fruit."
            ],
            "neg": [],
        }
        for number, place in enumerate(PLACES)
    ]
    for name in ("first", "second"):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return [tmp_path / "first.jsonl", tmp_path / "second.jsonl"]


def test_queries_are_questions_keywords_and_made_ones(files):
    queries = {row.query for row, _ in Searches(files, WORDS).questions}
    assert queries & {f"how many bridges has {place}" for place in PLACES}
    assert queries & {f"many bridges has {place}" for place in PLACES}
    made = [row for row, _ in Searches(files, WORDS).questions if not row.pos]
    assert made


def test_a_third_have_words_exchanged_in_query_and_passages_alike(files):
    searches = Searches(files, WORDS)
    exchanged = [(row, shown) for row, shown in searches.questions if shown is not row]
    assert 0.1 < len(exchanged) / len(searches.questions) < 0.6
    for row, shown in searches.questions:
        texts, _ = searches.candidates(row, shown)
        plain, _ = searches.candidates(row, row)
        exchange = Substitution(row.query, WORDS) if shown is not row else str
        assert shown.query == exchange(row.query)
        assert texts == [exchange(text) for text in plain]


def test_passages_are_what_a_first_stage_finds_and_answers_are_marked(files):
    searches = Searches(files, WORDS)
    marked = 0
    for row, _ in searches.questions:
        texts, relevant = searches.candidates(row, row)
        assert len(texts) == len(set(texts)) == len(relevant) <= 8
        assert [bool(mark) for mark in relevant] == [any(answer in text for answer in row.pos) for text in texts]
        marked += sum(relevant)
    assert marked


def test_everything_is_the_same_again(files):
    first, second = Searches(files, WORDS), Searches(files, WORDS)
    assert first.digest == second.digest != Searches(files, WORDS[:2]).digest
    assert first.questions == second.questions
    assert [first.candidates(*pair) for pair in first.questions] == [second.candidates(*p) for p in second.questions]


def test_they_are_labelled_as_shown_and_never_twice(files, fixtures, tmp_path, monkeypatch):
    monkeypatch.setattr(labelling, "_SHARD", 3)
    teacher = Int8Teacher(fixtures / "one-logit-int8", threads=1)
    searches = Searches(files, teacher.words())
    for queries in (3, 6):
        label([searches], [], tmp_path / "labels", teacher, queries, Console(quiet=True))
    rows = []
    for path in sorted((tmp_path / "labels").iterdir()):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows += [json.loads(line)["query"] for line in lines]
    assert rows == [shown.query for _, shown in searches.questions[:6]]
