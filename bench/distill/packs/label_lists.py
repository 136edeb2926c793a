"""Labels as lists: the passages of each query side by side, to learn from or to choose by."""

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
        """Passages of all queries."""
        return int((self.passage >= 0).sum())

    def take(self, rows: npt.NDArray[np.integer]) -> LabelLists:
        """Return some of the queries, by their places."""
        return LabelLists(self.query[rows], self.passage[rows], self.logit[rows])

    @classmethod
    def of(cls, labels: LabelArrays) -> LabelLists:
        """Return the lists of labels, ordered by the queries' numbers."""
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
    """What is learned and what is not.

    Attributes:
        training: To learn from.
        held_back: Of sources that are left out whole: a student is chosen by how it does on kinds it never learned.
        test: For the last word only.
    """

    training: LabelLists
    held_back: LabelLists
    test: LabelLists


def split(labels: LabelArrays, test: LabelArrays, sources: Sequence[str], held_back: Collection[str]) -> TrainingSplit:
    """Return the lists of labels, those of some sources held back; a query of ``test`` is in ``test`` alone.

    Args:
        labels: To learn from and to choose by.
        test: For the last word.
        sources: Source of every query of the pack.
        held_back: The sources that are left out of the training.
    """
    lists = LabelLists.of(labels)
    lists = lists.take(np.flatnonzero(~np.isin(lists.query, test.query)))
    is_held_back = np.array([source in held_back for source in sources])[lists.query]
    return TrainingSplit(
        lists.take(np.flatnonzero(~is_held_back)), lists.take(np.flatnonzero(is_held_back)), LabelLists.of(test)
    )


def even_sample(lists: LabelLists, sources: Sequence[str], size: int, seed: int) -> LabelLists:
    """Return ``size`` queries, as many of each source as there are, in turns of the sources."""
    by_lot = np.random.default_rng(seed).permutation(len(lists))
    turns: dict[str, int] = {}
    keys = []
    for i in by_lot.tolist():
        source = sources[lists.query[i]]
        turns[source] = turns.get(source, 0) + 1
        keys.append(turns[source])
    return lists.take(np.sort(by_lot[np.argsort(keys, kind="stable")[:size]]))
