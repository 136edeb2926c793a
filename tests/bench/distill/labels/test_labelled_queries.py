"""Labelled queries, read back from files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from bench.common.errors import BenchError
from bench.distill.labels.labelled_queries import read_labelled_queries


def write_labels(path: Path, rows: list[dict]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def passage(text: str, relevant: int = 0, logit: float = 0.0) -> dict:
    return {"text": text, "relevant": relevant, "logit": logit}


def test_labels_of_every_file_in_order(tmp_path):
    write_labels(tmp_path / "b.jsonl.gz", [{"query": "q2", "passages": [passage("c"), passage("d", 1, 2.5)]}])
    write_labels(tmp_path / "a.jsonl.gz", [{"query": "q1", "passages": [passage("a", 1), passage("b")]}])
    rows = read_labelled_queries([tmp_path, tmp_path / "absent"])
    assert [row.query for row in rows] == ["q1", "q2"]
    assert rows[1].texts == ("c", "d")
    assert rows[1].relevant == (0, 1)
    assert rows[1].logits == (0.0, 2.5)


def test_a_query_with_one_passage_teaches_no_ranking(tmp_path):
    write_labels(tmp_path / "a.jsonl.gz", [{"query": "q", "passages": [passage("a")]}])
    with pytest.raises(BenchError, match="no labels"):
        read_labelled_queries([tmp_path])


def test_a_torn_file_is_named(tmp_path):
    write_labels(tmp_path / "a.jsonl.gz", [{"query": "q", "passages": [passage("a"), passage("b")]}] * 50)
    torn = (tmp_path / "a.jsonl.gz").read_bytes()[:-20]
    (tmp_path / "a.jsonl.gz").write_bytes(torn)
    with pytest.raises(BenchError, match=r"a\.jsonl\.gz"):
        read_labelled_queries([tmp_path])
