"""Quality: rerankings, measures against trec_eval, and the journal."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import pytrec_eval

from bench.data.task import Task
from bench.measure.quality import Reranked, measure, rerank_queries, reranked_run, shown, timings
from bench.results.journal import Journal
from bench.results.run_results import JUDGED
from flashrank import Ranker

TASK = Task(
    dataset="tiny",
    first_stage="BM25",
    queries={"q2": "rank the passages", "q1": "query", "q3": "nothing is found for this"},
    qrels={"q1": {"a": 1, "x": 2}, "q2": {"a": 2, "b": 1}, "q3": {"b": 1}},
    candidates={"q2": [("a", 3.0), ("b", 2.0), ("c", 1.0)], "q1": [("c", 2.5), ("a", 0.5)], "q3": []},
    texts={"a": "the query", "b": "rank passages " * 300, "c": ""},
)


@pytest.fixture(scope="module")
def ranker(fixtures) -> Ranker:
    return Ranker(fixtures / "one-logit-int8", log_level="ERROR")


def logits_of(reranked):
    return {result.query_id: result.logits for result in reranked}


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal", "key") as journal:
        yield journal


def test_every_query_is_reranked_with_the_scores_of_the_ranker(ranker, journal):
    reranked = list(rerank_queries(ranker, TASK, journal))
    assert [result.query_id for result in reranked] == list(TASK.queries)
    for result in reranked:
        texts = [TASK.texts[doc_id] for doc_id, _ in TASK.candidates[result.query_id]]
        expected = ranker.score(TASK.queries[result.query_id], texts)
        assert result.scores == expected.scores
        assert result.logits == expected.logits
        assert result.tokens == expected.tokens
        assert result.truncated == expected.truncated
    run = reranked_run(TASK, logits_of(reranked))
    for query_id, ranked in run.items():
        assert {doc_id for doc_id, _ in ranked} == {doc_id for doc_id, _ in TASK.candidates[query_id]}
        assert [score for _, score in ranked] == sorted((score for _, score in ranked), reverse=True)


def test_what_the_journal_has_is_not_scored_again(ranker, journal, monkeypatch):
    work = rerank_queries(ranker, TASK, journal)
    first = next(work)
    work.close()
    asked = []
    monkeypatch.setattr(
        Ranker, "score", lambda self, query, texts, score=Ranker.score: asked.append(query) or score(self, query, texts)
    )
    rest = list(rerank_queries(ranker, TASK, journal))
    assert rest[0] == first
    assert TASK.queries[first.query_id] not in asked
    assert len(journal.entries) == len(TASK.queries)


def test_how_much_is_judged():
    run = {"q1": [("a", 2.0), ("c", 1.0)], "q2": [("a", 3.0), ("b", 2.0)], "q3": []}
    found = measure(run, TASK.qrels, [JUDGED])
    assert found.set_index("query_id")["value"].to_dict() == {"q1": 0.5, "q2": 1.0, "q3": 0.0}


def test_shown_are_the_documents_of_either_top_10_with_their_texts_and_ranks():
    documents = [f"d{i}" for i in range(30)]
    task = Task(
        dataset="tiny",
        first_stage="BM25",
        queries={"q": "which one?"},
        qrels={"q": {"d29": 2, "d0": 0, "d1": -2, "d2": -1}},
        candidates={"q": [(doc_id, float(-i)) for i, doc_id in enumerate(documents)]},
        texts={doc_id: f"{doc_id}  begins\nhere " + "and goes on " * 100 for doc_id in documents},
    )
    scored = Reranked("q", (1.0,) * 30, tuple(map(float, range(30))), (9,) * 30, 0, 0.0)
    table = shown(task, reranked_run(task, {"q": scored.logits}), [scored])
    assert table["doc_id"].tolist() == [*documents[:19:-1], *documents[9::-1]]
    first = table.iloc[0].to_dict()
    assert (first["query"], first["relevance"], first["before"], first["after"], first["score"]) == (
        *("which one?", 2),
        *(30, 1, 1.0),
    )
    assert first["text"].startswith("d29 begins here and")
    assert first["text"].endswith("\N{HORIZONTAL ELLIPSIS}")
    assert len(first["text"]) <= 600
    assert table["relevance"].tolist() == [2, *[pd.NA] * 16, -1, -2, 0]


def test_a_shown_text_without_spaces_is_cut_too():
    task = Task("t", "BM25", {"q": "?"}, {"q": {}}, {"q": [("d", 1.0)]}, {"d": "漢" * 1000})
    (text,) = shown(task, {"q": [("d", 0.0)]}, [Reranked("q", (0.5,), (0.0,), (9,), 0, 0.0)])["text"]
    assert text == "漢" * 598 + " \N{HORIZONTAL ELLIPSIS}"


def test_timings_have_a_row_for_every_query(ranker, journal):
    table = timings(TASK, list(rerank_queries(ranker, TASK, journal)))
    assert table["query_id"].tolist() == ["q2", "q1", "q3"]
    assert table["candidates"].tolist() == [3, 2, 0]
    assert table["truncated"].tolist() == [1, 0, 0]
    assert (table["seconds"] >= 0).all()


def test_measures_are_trec_evals(ranker, journal):
    run = reranked_run(TASK, logits_of(rerank_queries(ranker, TASK, journal)))
    found = measure(run, TASK.qrels, ["nDCG@10", "RR", "R@100", "P@10"])
    names = {"nDCG@10": "ndcg_cut_10", "RR": "recip_rank", "R@100": "recall_100", "P@10": "P_10"}
    evaluator = pytrec_eval.RelevanceEvaluator(TASK.qrels, set(names.values()))
    expected = evaluator.evaluate({query_id: dict(ranked) for query_id, ranked in run.items()})
    assert len(found) == len(names) * len(TASK.qrels)
    for row in found.itertuples():
        assert row.value == expected.get(row.query_id, {}).get(names[row.measure], 0.0)


def test_ndcg_by_hand():
    run = {"q1": [("b", 2.0), ("a", 1.0)]}
    found = measure(run, {"q1": {"a": 3, "z": 1}}, ["nDCG@10"])
    assert found["value"].tolist() == pytest.approx([(3 / math.log2(3)) / (3 + 1 / math.log2(3))])


def test_a_query_without_documents_counts_zero():
    found = measure({"q1": [("a", 1.0)], "q2": []}, {"q1": {"a": 1}, "q2": {"a": 1}}, ["P@1"])
    assert dict(zip(found["query_id"], found["value"], strict=True)) == {"q1": 1.0, "q2": 0.0}


@pytest.mark.parametrize("name", ["nDCG@10", "RR@10", "R@100", "P@10", "AP", "Judged@10"])
def test_ties_are_broken_as_trec_eval_breaks_them(name):
    qrels = {"q": {"d1": 2, "d2": 0, "d3": 1}}
    tied = {"q": [("d1", 1.0), ("d2", 1.0), ("d3", 1.0), ("d4", 1.0 - 1e-12)]}
    ordered = {"q": [("d4", 4.0), ("d3", 3.0), ("d2", 2.0), ("d1", 1.0)]}
    assert measure(tied, qrels, [name])["value"].tolist() == measure(ordered, qrels, [name])["value"].tolist()
    if name == "RR@10":
        evaluator = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"})
        expected = evaluator.evaluate({"q": {doc_id: np.float32(score).item() for doc_id, score in tied["q"]}})
        assert measure(tied, qrels, [name])["value"].tolist() == [expected["q"]["recip_rank"]]


# trec_eval writes outside of its memory for them, which ends the process sooner or later.
_ONLY_SPAM = """
from bench.measure.quality import measure
names = ["nDCG@10", "RR@10", "AP", "R@5", "P@1", "Rprec", "Bpref", "infAP", "NumRel", "Success@1", "Judged@10"]
run = {q: [("a", 3.0), ("b", 2.0), ("c", 1.0)] for q in ("spam", "worse", "less", "none", "fair")}
qrels = {"spam": {"a": -2, "b": -2}, "worse": {"c": -1000, "x": -7}, "less": {"b": -1, "c": -2}}
qrels |= {"none": {"a": -2, "b": 0, "c": -1}, "fair": {"a": -2, "b": 1}}
tables = [measure(run, qrels, names) for _ in range(200)]
assert all(table.equals(tables[0]) for table in tables)
found = tables[0].pivot(index="query_id", columns="measure", values="value")
for query, judged in {"spam": 2 / 3, "worse": 1 / 3, "less": 2 / 3, "none": 1.0}.items():
    assert found.loc[query].to_dict() == {**dict.fromkeys(names, 0.0), "Judged@10": judged}
assert (found.loc["fair", "RR@10"], found.loc["fair", "Judged@10"]) == (0.5, 2 / 3)
"""


def test_queries_of_which_every_grade_is_below_0_count_zero():
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", _ONLY_SPAM], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
