"""Batches of every example once an epoch, and chunks of pairs of like length."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.common.errors import BenchError
from bench.distill.from_questions.examples import Example, batches, chunks, tokenize
from bench.distill.labels.labelled_queries import LabelledQuery
from flashrank import Ranker


def example(name: int) -> Example:
    return Example((), (), (float(name),))


@pytest.mark.parametrize("max_length", [12, 13, 512])
def test_pairs_are_tokenized_as_a_ranker_reads_them(fixtures, max_length):
    ranker = Ranker(fixtures / "one-logit-int8", max_length=max_length)
    texts = ("", "cats", "a cat is a small animal that people keep " * 3, "naïve 中文 [SEP] 🙂")
    for query in ("", "what is a cat", "which of the many animals that people keep are small"):
        row = LabelledQuery(query, texts, (1, 0, 0, 0), (3.0, 2.0, 1.0, 0.0))
        (found,) = tokenize([row], ranker.tokenizer)
        expected = [(pair.ids, pair.type_ids) for pair in ranker.encode(query, texts)]
        assert [(pair.ids, pair.type_ids) for pair in found.pairs] == expected
        assert (found.relevant, found.logits) == (row.relevant, row.logits)


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
