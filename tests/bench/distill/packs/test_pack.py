"""Packs of numbered texts: read as they lie, in parcels or not, and refused where a part is missing."""

from __future__ import annotations

import gzip
import json
import lzma

import numpy as np
import pytest

from bench.common.errors import BenchError
from bench.distill.packs.label_arrays import load_label_arrays
from bench.distill.packs.pack import find, read_pack
from bench.distill.packs.parcels import make_parcels


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "passages.1.txt.xz").write_bytes(lzma.compress("one\ntwo\u2028still two".encode()))
    (tmp_path / "a" / "passages.2.txt").write_text("three")
    (tmp_path / "queries.txt.gz").write_bytes(gzip.compress(b"what\nwho"))
    (tmp_path / "sources.txt").write_text("web\nforum")
    np.save(tmp_path / "a" / "candidates16.npy", np.array([[0, 2], [1, -1]], np.int32))
    return tmp_path


def test_texts_are_numbered_across_files(folder):
    pack = read_pack(folder)
    assert pack.passages == ["one", "two\u2028still two", "three"]
    assert (pack.queries, pack.sources) == (["what", "who"], ["web", "forum"])
    assert pack.candidates.tolist() == [[0, 2], [1, -1]]


def test_queries_of_labels_have_no_candidates(folder):
    (folder / "queries.more.txt").write_text("why")
    (folder / "sources.more.txt").write_text("titles")
    pack = read_pack(folder)
    assert (pack.queries[2], pack.sources[2], pack.candidates[2].tolist()) == ("why", "titles", [-1, -1])


def test_a_missing_parcel_is_noticed(folder):
    (folder / "a" / "passages.2.txt").unlink()
    with pytest.raises(BenchError, match="2 passages, but passage 2 is a candidate"):
        read_pack(folder)
    (folder / "queries.txt.gz").unlink()
    with pytest.raises(BenchError, match=r"no file queries\.txt, queries\.txt\.xz or queries\.txt\.gz"):
        read_pack(folder)


def test_a_torn_file_is_named(folder):
    path = folder / "passages.1.txt.xz"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(BenchError, match=r"passages\.1\.txt\.xz: cannot be read"):
        read_pack(folder)


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
