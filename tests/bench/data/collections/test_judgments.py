"""Judgments: whether the judged documents are those of the collection."""

from dataclasses import dataclass

import pytest

from bench.common.errors import BenchError
from bench.data.collections.judgments import absences, unknown_queries


@dataclass
class Shelf:
    doc_ids: set[str]
    name: str = "shelf"
    looked_up: int = 0

    def absent(self, doc_ids):
        self.looked_up += len(set(doc_ids))
        return set(doc_ids) - self.doc_ids


QRELS = {"q1": {"a": 1, "b": 2, "c": 0}, "q2": {"a": 1, "x": 3}, "q3": {"y": -2, "z": 0}, "q4": {"x": 1, "y": 1}}


def test_where_all_are_there_nothing_is_said():
    assert absences(Shelf({"a", "b", "x", "y"}), QRELS, QRELS) == []


def test_relevant_documents_that_are_absent_are_counted_by_query():
    # Of q1 b, of q2 x, of q4 x and y; c, z and q3's y are not relevant.
    assert absences(Shelf({"a"}), QRELS, QRELS) == [
        "absent from the collection: 4 relevant judged documents of 3 queries"
    ]
    assert absences(Shelf({"b", "x", "y"}), QRELS, {"q1": ""}) == [
        "absent from the collection: 1 relevant judged document of 1 query"
    ]


def test_only_the_queries_measured_are_looked_up():
    shelf = Shelf({"a", "b"})
    assert absences(shelf, QRELS, {"q1": "text"}) == []
    assert shelf.looked_up == 2


def test_a_dataset_of_which_nothing_relevant_is_there_is_refused():
    for queries in (QRELS, {"q2": ""}):
        with pytest.raises(BenchError, match=r"^shelf: none of its 4 relevant judged documents .* \(such as 'a'\)"):
            absences(Shelf({"c", "z"}), QRELS, queries)


def test_a_subset_of_which_nothing_relevant_is_there_is_only_noted():
    assert absences(Shelf({"a"}), QRELS, {"q4": ""}) == [
        "absent from the collection: 2 relevant judged documents of 1 query"
    ]


def test_queries_without_relevant_documents_lack_none():
    assert absences(Shelf({"a"}), QRELS, {"q3": ""}) == []


def test_judged_queries_without_a_text_are_counted():
    assert unknown_queries(QRELS, {"q1": "text", "q4": "", "q9": "unjudged"}) == [
        "left out, as the dataset has no text of them: 2 judged queries"
    ]
    assert unknown_queries(QRELS, dict.fromkeys(QRELS, "text")) == []


def test_relevant_is_what_the_dataset_says_it_is():
    assert absences(Shelf({"b"}), QRELS, QRELS, relevant_from=2) == [
        "absent from the collection: 1 relevant judged document of 1 query"
    ]
    with pytest.raises(BenchError, match=r"^shelf: none of its 2 relevant judged documents .* \(such as 'b'\)"):
        absences(Shelf({"a", "y"}), QRELS, QRELS, relevant_from=2)
