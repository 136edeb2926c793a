"""Labels read, queries held back, batches made."""

from __future__ import annotations

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.common.errors import BenchError
from bench.distill.texts.examples import Example, batches, chunks, is_held_back, read_labels


def write_labels(path: Path, rows: list[dict]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def passage(text: str, relevant: int = 0, logit: float = 0.0) -> dict:
    return {"text": text, "relevant": relevant, "logit": logit}


def test_labels_of_every_file_in_order(tmp_path):
    write_labels(tmp_path / "b.jsonl.gz", [{"query": "q2", "passages": [passage("c"), passage("d", 1, 2.5)]}])
    write_labels(tmp_path / "a.jsonl.gz", [{"query": "q1", "passages": [passage("a", 1), passage("b")]}])
    rows = read_labels([tmp_path, tmp_path / "absent"])
    assert [row.query for row in rows] == ["q1", "q2"]
    assert rows[1].texts == ("c", "d")
    assert rows[1].relevant == (0, 1)
    assert rows[1].logits == (0.0, 2.5)


def test_a_query_with_one_passage_teaches_no_ranking(tmp_path):
    write_labels(tmp_path / "a.jsonl.gz", [{"query": "q", "passages": [passage("a")]}])
    with pytest.raises(BenchError, match="no labels"):
        read_labels([tmp_path])


def test_a_torn_file_is_named(tmp_path):
    write_labels(tmp_path / "a.jsonl.gz", [{"query": "q", "passages": [passage("a"), passage("b")]}] * 50)
    torn = (tmp_path / "a.jsonl.gz").read_bytes()[:-20]
    (tmp_path / "a.jsonl.gz").write_bytes(torn)
    with pytest.raises(BenchError, match=r"a\.jsonl\.gz"):
        read_labels([tmp_path])


@given(st.text())
def test_a_query_is_on_the_same_side_however_it_is_written(query: str):
    assert is_held_back(query.lower()) == is_held_back(f"  {query.lower()}\t")
    assert is_held_back(query) == is_held_back(query)


def test_about_two_in_a_hundred_are_held_back():
    held_back = [i for i in range(20_000) if is_held_back(f"question {i}")]
    assert 300 < len(held_back) < 500


def example(name: int) -> Example:
    return Example((), (), (float(name),))


def test_an_epoch_has_every_example_once_and_in_its_own_order():
    examples = [example(i) for i in range(20)]
    stream = list(islice(batches(examples, 5, seed=3), 8))
    first, second = ([e.logits[0] for batch in part for e in batch] for part in (stream[:4], stream[4:]))
    assert sorted(first) == sorted(second) == list(range(20))
    assert first != second


@given(skipped=st.integers(0, 25), seed=st.integers(0, 3))
def test_batches_go_on_as_if_never_stopped(skipped: int, seed: int):
    examples = [example(i) for i in range(23)]
    whole = list(islice(batches(examples, 4, seed), 30))
    assert list(islice(batches(examples, 4, seed, start=skipped), 30 - skipped)) == whole[skipped:]


def test_too_few_examples_are_refused():
    with pytest.raises(BenchError, match="do not fill one batch of 4"):
        next(batches([example(1)], 4, 0))


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(50, 300))
def test_chunks_hold_every_pair_once_and_few_tokens(lengths: list[int], tokens: int):
    split = chunks(lengths, tokens)
    assert sorted(i for chunk in split for i in chunk) == list(range(len(lengths)))
    assert all(max(lengths[i] for i in chunk) * len(chunk) <= tokens for chunk in split)
