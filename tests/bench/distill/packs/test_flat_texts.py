"""Pairs put together from flat arrays: the same that the package makes of the same texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from bench.distill.packs.flat_texts import by_length, flat_texts, kept_tokens
from flashrank.scoring.pair_encoder import PairEncoder, longest_first


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1), st.integers(5, 30))
def test_pairs_are_cut_as_the_package_cuts_them(lengths, max_length):
    found = kept_tokens(*np.array(lengths).T, max_length)
    assert list(zip(*found, strict=True)) == [longest_first(*pair, max_length - 3) for pair in lengths]


@given(st.lists(st.integers(1, 50), min_size=1), st.integers(1, 200), st.sampled_from([1, 8]))
def test_batches_hold_every_pair_once_and_no_more_tokens_than_they_may(lengths, tokens, multiple):
    lengths = np.array(lengths)
    split = by_length(lengths, tokens, multiple)
    assert sorted(np.concatenate(split).tolist()) == list(range(len(lengths)))
    for batch in split:
        width = -(-lengths[batch].max() // multiple) * multiple
        assert len(batch) == 1 or width * len(batch) <= tokens
    assert np.all(np.diff(lengths[np.concatenate(split)]) <= 0)


def test_texts_are_tokenized_once(tiny, tmp_path):
    tokenizer = Tokenizer.from_file(str(tiny.teacher / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    texts = [*tiny.pack.passages, ""]
    found = flat_texts(texts, tokenizer, 12, tmp_path / "passages.npy")
    for i in (0, 57, 199, 200):
        ids = tokenizer.encode(texts[i], add_special_tokens=False).ids[:12]
        assert found.ids[found.starts[i] : found.starts[i + 1]].tolist() == ids
    files = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    flat_texts(texts, tokenizer, 12, tmp_path / "passages.npy")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == files
    assert flat_texts(texts[::-1], tokenizer, 12, tmp_path / "passages.npy").starts[1] == 0


@pytest.mark.parametrize("max_length", [16, 40, 128])
def test_pairs_are_those_of_the_package(tiny, tmp_path, max_length):
    torch = pytest.importorskip("torch", reason="torch is not installed: NO test of pairs on a device ran")
    from bench.distill.packs.flat_texts import PairMaker

    tokenizer = Tokenizer.from_file(str(tiny.teacher / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    queries, passages = (
        flat_texts(texts, tokenizer, max_length - 3, tmp_path / f"{i}.npy")
        for i, texts in enumerate((tiny.pack.queries, tiny.pack.passages))
    )
    maker = PairMaker(queries, passages, tokenizer, max_length, "cpu")
    chosen = np.array([0, 3, 3, 17]), np.array([8, 1, 199, 40])
    ids, types, mask = maker(*chosen)
    tokenizer.enable_truncation(max_length)
    encoder = PairEncoder(tokenizer, max_length)
    lengths = maker.lengths(*chosen)
    assert ids.shape == (4, lengths.max())
    mask = torch.ones_like(ids, dtype=torch.bool) if mask is None else mask
    for row, (query, passage) in enumerate(zip(*chosen, strict=True)):
        (pair,) = encoder.encode(tiny.pack.queries[query], [tiny.pack.passages[passage]])
        assert ids[row, : lengths[row]].tolist() == pair.ids
        assert types[row, : lengths[row]].tolist() == pair.type_ids
        assert mask[row].tolist() == [True] * lengths[row] + [False] * (ids.shape[1] - lengths[row])
