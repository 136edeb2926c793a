"""Labels as lists: the passages of each query side by side."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.distill.packs.label_arrays import LabelArrays


@dataclass(frozen=True, slots=True)
class LabelLists:
    """Queries with two passages or more.

    Attributes:
        query: Number of each query, int64 of shape (queries,).
        passage: Numbers of its passages, int64 of shape (queries, most passages); -1 where there is none.
        logit: The teacher's logit of each, float32; 0 where there is no passage.
    """

    query: npt.NDArray[np.int64]
    passage: npt.NDArray[np.int64]
    logit: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.query)

    @property
    def pairs(self) -> int:
        """The number of pairs of all queries."""
        return int((self.passage >= 0).sum())

    def take(self, rows: npt.NDArray[np.integer]) -> LabelLists:
        """Return the queries at some places."""
        return LabelLists(self.query[rows], self.passage[rows], self.logit[rows])

    @classmethod
    def from_labels(cls, labels: LabelArrays) -> LabelLists:
        """Return the lists of labels, in the order of the queries' numbers; a query with one passage has none."""
        order = np.argsort(labels.query, kind="stable")
        queries, first, counts = np.unique(labels.query[order], return_index=True, return_counts=True)
        row = np.repeat(np.arange(len(queries)), counts)
        place = np.arange(len(order)) - np.repeat(first, counts)
        shape = (len(queries), int(counts.max(initial=1)))
        passage, logit = np.full(shape, -1, np.int64), np.zeros(shape, np.float32)
        passage[row, place], logit[row, place] = labels.passage[order], labels.logit[order]
        return cls(queries.astype(np.int64), passage, logit).take(np.flatnonzero(counts > 1))


@dataclass(frozen=True, slots=True)
class TrainingSplit:
    """Queries to learn from, to choose by, and to test on.

    Attributes:
        training: To learn from.
        held_back: To choose by: all queries of some sources, so that a student is chosen by sources it never saw.
        test: To measure on at the very end.
    """

    training: LabelLists
    held_back: LabelLists
    test: LabelLists


def split(labels: LabelArrays, test: LabelArrays, sources: Sequence[str], held_back: Collection[str]) -> TrainingSplit:
    """Split labels into what is learned, what is held back, and the test. A query of the test is in the test only.

    Args:
        labels: Labels to learn from and to choose by.
        test: Labels to test on.
        sources: Source of every query of the pack.
        held_back: The sources that are not learned from.
    """
    lists = LabelLists.from_labels(labels)
    lists = lists.take(np.flatnonzero(~np.isin(lists.query, test.query)))
    is_held_back = np.array([source in held_back for source in sources])[lists.query]
    return TrainingSplit(
        lists.take(np.flatnonzero(~is_held_back)),
        lists.take(np.flatnonzero(is_held_back)),
        LabelLists.from_labels(test),
    )


def even_sample(lists: LabelLists, sources: Sequence[str], size: int, seed: int) -> LabelLists:
    """Return ``size`` random queries, the same number of each source as far as it has so many."""
    order = np.random.default_rng(seed).permutation(len(lists))
    turns: dict[str, int] = {}
    keys = []
    for i in order.tolist():
        source = sources[lists.query[i]]
        turns[source] = turns.get(source, 0) + 1
        keys.append(turns[source])
    return lists.take(np.sort(order[np.argsort(keys, kind="stable")[:size]]))
