"""Packs, read from plain and compressed files in any folder, and refused where a file is missing."""

from __future__ import annotations

import gzip
import lzma

import numpy as np
import pytest

from bench.common.errors import BenchError
from bench.distill.packs.pack import read_pack


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
