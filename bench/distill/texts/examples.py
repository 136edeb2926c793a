"""Labelled queries: read, split by their text, tokenized, and put into batches."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.common.errors import BenchError
from flashrank.scoring.pair import Pair
from flashrank.scoring.pair_encoder import PairEncoder

_HELD_BACK_PERCENT = 2


@dataclass(frozen=True, slots=True)
class Labelled:
    """A query, its passages, and what the teacher makes of them.

    Attributes:
        query: The query.
        texts: Its passages.
        relevant: 1 for each passage that answers the query, else 0.
        logits: The teacher's logit of each.
    """

    query: str
    texts: tuple[str, ...]
    relevant: tuple[int, ...]
    logits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled query as the student reads it."""

    pairs: tuple[Pair, ...]
    relevant: tuple[int, ...]
    logits: tuple[float, ...]


def read_labels(folders: Iterable[Path]) -> list[Labelled]:
    """Return the labelled queries that ``find_labels`` finds in ``folders``.

    Raises:
        BenchError: There are none, or a file is damaged.
    """
    if not (labelled := find_labels(folders)):
        raise BenchError("there are no labels (*.jsonl.gz) to train on; run the stage `label`")
    return labelled


def find_labels(folders: Iterable[Path]) -> list[Labelled]:
    """Return the labelled queries of every ``*.jsonl.gz`` in ``folders``, folder by folder, in the files' order.

    Queries with a single passage are left out: there is nothing to rank. There may be none at all.

    Raises:
        BenchError: A file is damaged.
    """
    labelled = []
    paths = [path for folder in folders for path in sorted(folder.glob("*.jsonl.gz"))]
    for path in paths:
        try:
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for line in lines:
                    row = json.loads(line)
                    passages = row["passages"]
                    if len(passages) > 1:
                        labelled.append(
                            Labelled(
                                row["query"],
                                tuple(passage["text"] for passage in passages),
                                tuple(int(passage["relevant"]) for passage in passages),
                                tuple(float(passage["logit"]) for passage in passages),
                            )
                        )
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise BenchError(f"{path}: not a file of labels: {error}; delete it and run the stage `label`") from error
    return labelled


def is_held_back(query: str) -> bool:
    """Say whether a query is for choosing between models, never for training; the same text is always the same."""
    text = " ".join(query.lower().split())
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % 100 < _HELD_BACK_PERCENT


def tokenize(labelled: Iterable[Labelled], encoder: PairEncoder) -> list[Example]:
    """Return the labelled queries as examples, their pairs cut to the encoder's length."""
    return [Example(tuple(encoder.encode(row.query, row.texts)), row.relevant, row.logits) for row in labelled]


def batches(examples: Sequence[Example], queries: int, seed: int, start: int = 0) -> Iterator[list[Example]]:
    """Yield batches without end, every example once per epoch in an order of the epoch's own.

    Args:
        examples: What to learn from.
        queries: Examples per batch; what an epoch leaves over is dropped.
        seed: Makes the orders.
        start: Batches to skip, so that a stopped run goes on as if it had not been.

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
    """Return the indices of pairs, shortest first, in chunks that hold at most ``tokens`` when padded."""
    split: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not split or lengths[i] * (len(split[-1]) + 1) > tokens:
            split.append([])
        split[-1].append(i)
    return split
