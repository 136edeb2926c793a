"""Parcels that hold a whole pack with its labels, each small enough to send."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from bench.common.errors import BenchError
from bench.distill.packs.label_arrays import load_label_arrays
from bench.distill.packs.pack import find, read_pack
from bench.distill.packs.parcels import make_parcels


def test_parcels_hold_all_of_it_and_no_more_than_they_may(tiny, tmp_path):
    said: list[str] = []
    make_parcels(tiny.folder, [], tiny.teacher, 200_000, tmp_path, said.append)
    parcels = sorted(tmp_path.iterdir())
    assert [path.name for path in parcels] == [str(i) for i in range(1, len(parcels) + 1)]
    assert len(said) == len(parcels) > 1
    assert all(sum(path.stat().st_size for path in parcel.iterdir()) <= 200_000 for parcel in parcels)
    pack = read_pack(tmp_path)
    assert pack.passages == tiny.pack.passages
    assert pack.queries == [*tiny.pack.queries, "a new one", "another one"]
    assert pack.sources[-2:] == ["web", "web"]
    with np.load(find(tmp_path, "labels.npz")) as labels:
        assert sorted(set(labels["query"].tolist())) == [*range(9), 60]
        assert labels["passage"][:6].tolist() == list(range(6))


def test_labels_of_other_texts_bring_them_along(tiny, tmp_path):
    # A line separator ends no line of JSON.
    passages = [{"text": "an \u2028old text", "logit": 1.5}, {"text": tiny.pack.passages[4], "logit": -2}]
    with gzip.open(tmp_path / "old.jsonl.gz", "wt", encoding="utf-8") as file:
        for query in ("an old query", tiny.pack.queries[50].upper()):
            file.write(json.dumps({"query": query, "passages": passages}, ensure_ascii=False) + "\n")
    make_parcels(tiny.folder, [tmp_path / "old.jsonl.gz"], tiny.teacher, 300_000, tmp_path / "out", print)
    pack = read_pack(tmp_path / "out")
    assert pack.passages == [*tiny.pack.passages, "an old text"]
    assert (pack.queries[-1], pack.sources[-1]) == ("an old query", "old")
    labels = load_label_arrays(find(tmp_path / "out", "labels.npz"), pack)
    found = set(zip(labels.query.tolist(), labels.passage.tolist(), labels.logit.tolist(), strict=True))
    assert found >= {(62, 200, 1.5), (62, 4, -2), (50, 200, 1.5), (50, 4, -2)}


def test_damaged_labels_are_named(tiny, tmp_path):
    with gzip.open(tmp_path / "old.jsonl.gz", "wt") as file:
        file.write('{"query": "no passages"}\n')
    with pytest.raises(BenchError, match=r"old\.jsonl\.gz: not a file of labels"):
        make_parcels(tiny.folder, [tmp_path / "old.jsonl.gz"], tiny.teacher, 300_000, tmp_path / "out", print)


def test_a_file_larger_than_a_parcel_is_refused(tiny, tmp_path):
    with pytest.raises(BenchError, match=r"teacher\.onnx\.xz has .* MiB; a parcel has"):
        make_parcels(tiny.folder, [], tiny.teacher, 50_000, tmp_path, print)
