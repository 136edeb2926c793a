"""Labelled queries, read from ``*.jsonl.gz`` files."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.common.errors import BenchError


@dataclass(frozen=True, slots=True)
class LabelledQuery:
    """A query, its passages, and the teacher's logits.

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


def read_labelled_queries(folders: Iterable[Path]) -> list[LabelledQuery]:
    """Return the labelled queries that ``find_labels`` finds in ``folders``.

    Raises:
        BenchError: There are none, or a file is damaged.
    """
    if not (labelled := find_labelled_queries(folders)):
        raise BenchError("there are no labels (*.jsonl.gz) to train on; run the stage `label`")
    return labelled


def find_labelled_queries(folders: Iterable[Path]) -> list[LabelledQuery]:
    """Return the labelled queries of every ``*.jsonl.gz`` in ``folders``, folder by folder, in the files' order.

    Queries with a single passage are left out, as there is nothing to rank. The result may be empty.

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
                            LabelledQuery(
                                row["query"],
                                tuple(passage["text"] for passage in passages),
                                tuple(int(passage["relevant"]) for passage in passages),
                                tuple(float(passage["logit"]) for passage in passages),
                            )
                        )
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise BenchError(f"{path}: not a file of labels: {error}; delete it and run the stage `label`") from error
    return labelled
