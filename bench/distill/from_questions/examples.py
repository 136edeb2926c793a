"""Labelled queries as the student reads them: tokenized, and put into batches and chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from bench.common.errors import BenchError
from bench.distill.labels.labelled_queries import LabelledQuery
from bench.distill.student.forward import StudentPair


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled query as the student reads it."""

    pairs: tuple[StudentPair, ...]
    relevant: tuple[int, ...]
    logits: tuple[float, ...]


def tokenize(labelled: Iterable[LabelledQuery], tokenizer: Tokenizer) -> list[Example]:
    """Return the labelled queries as examples, their pairs cut where ``tokenizer`` truncates."""
    return [Example(_pairs(row, tokenizer), row.relevant, row.logits) for row in labelled]


def _pairs(row: LabelledQuery, tokenizer: Tokenizer) -> tuple[StudentPair, ...]:
    encodings = tokenizer.encode_batch_fast([(row.query, text) for text in row.texts])
    return tuple(StudentPair(encoding.ids, encoding.type_ids) for encoding in encodings)


def batches(examples: Sequence[Example], queries: int, seed: int, start: int = 0) -> Iterator[list[Example]]:
    """Yield batches without end: every example once per epoch, in another order each time.

    Args:
        examples: What to learn from.
        queries: Examples per batch. The incomplete last batch of an epoch is dropped.
        seed: Seed of the orders.
        start: Batches to skip, so that a stopped run continues as if it had not stopped.

    Raises:
        BenchError: There are fewer examples than one batch takes.
    """
    per_epoch = len(examples) // queries
    if not per_epoch:
        raise BenchError(f"{len(examples)} labelled queries do not fill one batch of {queries}")
    epoch, first = divmod(start, per_epoch)
    while True:
        order = np.random.default_rng([seed, epoch]).permutation(len(examples))
        for i in range(first, per_epoch):
            yield [examples[j] for j in order[i * queries : (i + 1) * queries]]
        epoch, first = epoch + 1, 0


def chunks(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Return the indices of pairs, shortest first, in chunks of at most ``tokens`` when padded."""
    split: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not split or lengths[i] * (len(split[-1]) + 1) > tokens:
            split.append([])
        split[-1].append(i)
    return split
