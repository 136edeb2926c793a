"""A reader of the tiny pack's pairs, and some of its queries as lists and as examples."""

from __future__ import annotations

import numpy as np
import pytest

from bench.distill.from_questions.examples import Example, tokenize
from bench.distill.labels.labelled_queries import LabelledQuery
from bench.distill.packs.flat_texts import PairMaker, flat_texts
from bench.distill.packs.label_lists import LabelLists
from bench.distill.student.word_pieces import whole_tokenizer

LENGTH = 48


@pytest.fixture(scope="module")
def maker(tiny, student, tmp_path_factory):
    folder, tokenizer = tmp_path_factory.mktemp("flat"), whole_tokenizer(student.tokenizer)
    texts = (
        flat_texts(some, tokenizer, LENGTH - 3, folder / f"{i}.npy")
        for i, some in enumerate((tiny.pack.queries, tiny.pack.passages))
    )
    queries, passages = texts
    return lambda device: PairMaker(queries, passages, tokenizer, LENGTH, device)


@pytest.fixture(scope="module")
def reader(maker, student):
    from bench.distill.from_packs.pair_reader import PairReader  # which needs torch

    return PairReader(maker("cpu"), student.design.heads, 200, "float32")


@pytest.fixture(scope="module")
def lists() -> LabelLists:
    random = np.random.default_rng(2)
    passage = random.permutation(200)[:60].reshape(12, 5)
    passage[3, 2:], passage[7, 4] = -1, -1
    logit = random.normal(scale=3, size=passage.shape).astype(np.float32)
    return LabelLists(np.arange(12), passage, np.where(passage < 0, np.float32(0), logit))


@pytest.fixture(scope="module")
def examples(tiny, student, lists) -> list[Example]:
    rows = []
    for query, passages, logits in zip(lists.query, lists.passage, lists.logit, strict=True):
        there = passages >= 0
        texts = tuple(tiny.pack.passages[i] for i in passages[there])
        rows.append(
            LabelledQuery(tiny.pack.queries[query], texts, (1, *[0] * (len(texts) - 1)), tuple(logits[there].tolist()))
        )
    tokenizer = whole_tokenizer(student.tokenizer)
    tokenizer.enable_truncation(LENGTH)
    return tokenize(rows, tokenizer)
