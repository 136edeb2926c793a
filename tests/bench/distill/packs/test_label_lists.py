"""Labels as lists, and which of them are learned."""

from __future__ import annotations

import numpy as np

from bench.distill.packs.label_arrays import LabelArrays
from bench.distill.packs.label_lists import LabelLists, even_sample, split

SOURCES = ["web", "forum", "web", "titles", "forum", "web"]


def labels(*rows: tuple[int, int, float]) -> LabelArrays:
    query, passage, logit = zip(*rows, strict=True)
    return LabelArrays(np.array(query, np.int32), np.array(passage, np.int32), np.array(logit, np.float32))


def test_passages_of_a_query_stand_side_by_side():
    found = LabelLists.from_labels(labels((4, 7, 0.5), (1, 3, 1.0), (4, 9, 1.5), (2, 1, 0.0), (1, 2, 2.0), (4, 8, 2.5)))
    assert found.query.tolist() == [1, 4]  # 2 has one passage
    assert found.passage.tolist() == [[3, 2, -1], [7, 9, 8]]
    assert found.logit.tolist() == [[1.0, 2.0, 0.0], [0.5, 1.5, 2.5]]
    assert found.pairs == 5


def test_no_labels_are_no_lists():
    assert (
        len(LabelLists.from_labels(LabelArrays.merge([]))) == LabelLists.from_labels(LabelArrays.merge([])).pairs == 0
    )


def test_whole_sources_and_the_test_are_not_learned():
    every = labels(*((query, passage, 1.0) for query in range(6) for passage in (1, 2)))
    found = split(every, labels((5, 1, 3.0), (5, 4, 2.0)), SOURCES, {"forum", "nothing"})
    assert found.training.query.tolist() == [0, 2, 3]
    assert found.held_back.query.tolist() == [1, 4]
    assert (found.test.query.tolist(), found.test.passage.tolist()) == ([5], [[1, 4]])


def test_a_sample_has_as_much_of_each_source_as_there_is():
    every = LabelLists.from_labels(labels(*((query, passage, 1.0) for query in range(6) for passage in (1, 2))))
    found = even_sample(every, SOURCES, 5, seed=1).query.tolist()
    assert sorted(SOURCES[query] for query in found) == ["forum", "forum", "titles", "web", "web"]
    assert len(even_sample(every, SOURCES, 100, seed=1)) == 6
