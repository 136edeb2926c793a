import bz2
import json
import math
from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from bench.common.errors import BenchError
from bench.data.collections.collection import Availability
from bench.data.collections.opening import open_collection
from bench.data.dataset_spec import CandidatesSpec, DatasetSpec, QuerySubset
from bench.data.first_stages import candidates
from bench.data.first_stages.candidates import (
    check_candidates,
    check_fit,
    first_stage_note,
    idle_note,
    read_run_file,
    retrieve,
)
from bench.data.runs import read_run, write_run

# d3 repeats d0's text: a tie. q-self is a document too, as ArguAna's queries are.
TEXTS = {"d0": "green tea", "d1": "black tea leaves", "q-self": "green tea leaves", "d2": "coffee", "d3": "green tea"}
QUERIES = {"q-self": "green tea leaves", "q1": "coffee", "q2": "nothing alike"}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "drinks"
    (folder / "qrels").mkdir(parents=True)
    for name, records in {"corpus": TEXTS, "queries": QUERIES}.items():
        lines = [json.dumps({"_id": identifier, "text": text}) for identifier, text in records.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(lines))
    judged = "".join(f"{query_id}\td0\t1\n" for query_id in QUERIES)
    (folder / "qrels/test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}")
    return folder


@dataclass
class WithRun:
    rows: list[tuple[str, str, float]]
    name: str = "drinks"

    def scored_documents(self):
        return iter(self.rows)


def doc_ids(candidates):
    return {query_id: [doc_id for doc_id, _ in ranking] for query_id, ranking in candidates.items()}


def test_bm25_answers_every_query_in_order(folder, tmp_path):
    found = retrieve(open_collection(DatasetSpec(path=folder)), CandidatesSpec(), QUERIES, cache_dir=tmp_path)
    assert list(found) == list(QUERIES)
    assert doc_ids(found) == {"q-self": ["q-self", "d1", "d3", "d0"], "q1": ["d2"], "q2": []}


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_exclude_self_still_fills_the_depth(folder, tmp_path, depth):
    collection = open_collection(DatasetSpec(path=folder))
    spec = CandidatesSpec(depth=depth)
    found = retrieve(collection, spec, QUERIES, exclude_self=True, cache_dir=tmp_path)
    assert doc_ids(found) == {"q-self": ["d1", "d3", "d0"][:depth], "q1": ["d2"], "q2": []}


def test_k1_and_b_reach_bm25(folder, tmp_path):
    collection = open_collection(DatasetSpec(path=folder))
    default = retrieve(collection, CandidatesSpec(), QUERIES, cache_dir=tmp_path)
    assert retrieve(collection, CandidatesSpec(k1=1.5), QUERIES, cache_dir=tmp_path) != default
    assert retrieve(collection, CandidatesSpec(b=1), QUERIES, cache_dir=tmp_path) != default


def test_the_language_reaches_bm25(folder, tmp_path):
    collection = open_collection(DatasetSpec(path=folder))
    query = {"q1": "leave"}
    assert retrieve(collection, CandidatesSpec(), query, cache_dir=tmp_path)["q1"]
    # The stem of "leaves" is "leav" in English alone.
    assert retrieve(collection, CandidatesSpec(), query, cache_dir=tmp_path, language="sw")["q1"] == []


def test_a_dataset_of_a_language_without_an_analyzer_is_refused(folder):
    assert DatasetSpec(path=folder).language == "en"
    assert DatasetSpec(path=folder, language="yo").language == "yo"
    with pytest.raises(ValidationError, match="no analyzer for language 'tlh'; it has: ar, bn, de, en, "):
        DatasetSpec(path=folder, language="tlh")


def test_what_bm25_does_in_other_languages_is_noted(folder):
    german = DatasetSpec(path=folder, language="de")
    assert first_stage_note(CandidatesSpec(), german) == "BM25 in de: German stems, stopwords 'de'"
    assert first_stage_note(CandidatesSpec(), DatasetSpec(path=folder)) == ""
    assert first_stage_note(CandidatesSpec(source="scoreddocs"), german) == ""


def test_a_run_file_is_cut_at_the_depth_and_to_the_queries(folder, tmp_path):
    run = tmp_path / "first.trec"
    write_run(run, {"other": [("d9", 9.0)], "q-self": [("q-self", 3.0), ("d1", 2.5), ("d0", 2.0), ("d2", 1.0)]}, "t")
    collection = open_collection(DatasetSpec(path=folder))
    spec = CandidatesSpec(source="run", file=run, depth=2)
    assert retrieve(collection, spec, QUERIES, cache_dir=tmp_path) == {
        "q-self": [("q-self", 3.0), ("d1", 2.5)],
        "q1": [],
        "q2": [],
    }
    found = retrieve(collection, spec, QUERIES, exclude_self=True, cache_dir=tmp_path)
    assert doc_ids(found) == {"q-self": ["d1", "d0"], "q1": [], "q2": []}
    assert read_run(run)["other"] == [("d9", 9.0)]


def test_a_run_for_other_queries_or_documents_is_refused(folder, tmp_path):
    run = tmp_path / "first.trec"
    collection = open_collection(DatasetSpec(path=folder))
    spec = CandidatesSpec(source="run", file=run)
    write_run(run, {"q77": [("d1", 1.0)]}, "t")
    with pytest.raises(BenchError, match=r"first\.trec has none of the 3 queries \(such as 'q-self'\)"):
        retrieve(collection, spec, QUERIES, cache_dir=tmp_path)
    write_run(run, {"q1": [("d1", 2.0), ("elsewhere", 1.0)]}, "t")
    found = retrieve(collection, spec, QUERIES, cache_dir=tmp_path)
    with pytest.raises(BenchError, match=r"1 of the documents asked for are not in the collection.*'elsewhere'"):
        check_fit(found, collection)
    check_fit({"q1": found["q1"][:1], "q2": []}, collection)


def test_queries_without_candidates_are_counted():
    assert idle_note({"q1": [("d1", 1.0)], "q2": [], "q3": []}) == ["queries without candidates, which count 0: 2 of 3"]
    assert idle_note({"q1": [("d1", 1.0)]}) == []


def test_scored_documents_are_ordered_as_trec_eval_orders_them(tmp_path):
    collection = WithRun(
        [("q1", "low", 1.0), ("q1", "tie-a", 2.0), ("q2", "x", 0.0), ("q1", "tie-b", 2.0), ("unasked", "y", 1.0)]
    )
    spec = CandidatesSpec(source="scoreddocs", depth=2)
    assert retrieve(collection, spec, QUERIES, cache_dir=tmp_path) == {
        "q-self": [],
        "q1": [("tie-b", 2.0), ("tie-a", 2.0)],
        "q2": [("x", 0.0)],
    }


def test_a_run_without_scores_is_not_cut_at_random(tmp_path):
    collection = WithRun([("q1", f"d{number}", 0.0) for number in range(5)])
    with pytest.raises(BenchError, match="the run of drinks has no scores to cut it by: set depth to 5 or more"):
        retrieve(collection, CandidatesSpec(source="scoreddocs", depth=4), QUERIES, cache_dir=tmp_path)
    found = retrieve(collection, CandidatesSpec(source="scoreddocs", depth=5), QUERIES, cache_dir=tmp_path)
    assert doc_ids(found)["q1"] == ["d4", "d3", "d2", "d1", "d0"]


@pytest.mark.parametrize(
    ("doc_id", "score", "wrong"),
    [
        ("d1", 1.0, "document 'd1' is named twice for query 'q1'"),
        ("d2", math.nan, "score nan of document 'd2' for query 'q1' is not a finite number"),
        ("d2", -math.inf, "score -inf of document 'd2' for query 'q1' is not a finite number"),
        ("d2", None, "score None of document 'd2' for query 'q1' is not a finite number"),
        ("d2", "1.0", "score '1.0' of document 'd2' for query 'q1' is not a finite number"),
        ("d2", 10**400, "score 10+ of document 'd2' for query 'q1' is not a finite number"),
    ],
)
def test_scored_documents_are_refused_as_the_lines_of_a_run_are(tmp_path, doc_id, score, wrong):
    collection = WithRun([("q1", "d1", 2.0), ("q2", "d1", 7), ("q1", doc_id, score)])
    with pytest.raises(BenchError, match=f"^the run of drinks: {wrong}$"):
        retrieve(collection, CandidatesSpec(source="scoreddocs"), QUERIES, cache_dir=tmp_path)


@pytest.mark.parametrize("doc_id", ["", "d 1", "d1\n", "d1\0"])
def test_candidates_that_no_run_file_can_hold_are_refused_before_work(tmp_path, doc_id):
    collection = WithRun([("q1", "d1", 2.0), ("q1", doc_id, 1.0)])
    with pytest.raises(BenchError, match="drinks: no run file can hold document id "):
        retrieve(collection, CandidatesSpec(source="scoreddocs"), QUERIES, cache_dir=tmp_path)


def test_no_queries_have_no_candidates(folder, tmp_path):
    collection = open_collection(DatasetSpec(path=folder))
    assert retrieve(collection, CandidatesSpec(), {}, cache_dir=tmp_path) == {}


def test_what_a_first_stage_needs_is_checked_beforehand(folder, tmp_path):
    dataset = DatasetSpec(path=folder)
    assert check_candidates(CandidatesSpec(), dataset, QuerySubset()).present
    run = tmp_path / "first.trec"
    spec = CandidatesSpec(source="run", file=run)
    with pytest.raises(BenchError, match=r"first\.trec: no such run file \(candidates of drinks\)"):
        check_candidates(spec, dataset, QuerySubset())
    run.write_text("q1 Q0 d1 1 2.0 t\n")
    assert check_candidates(spec, dataset, QuerySubset()) == Availability(True, 0, f"run file {run}")
    run.write_bytes(bz2.compress(b"q1 Q0 d1 1 2.0 t"))
    with pytest.raises(BenchError, match=r"first\.trec: a bzip2 file; unpack it"):
        check_candidates(spec, dataset, QuerySubset())
    with pytest.raises(BenchError, match="a folder comes with no scored documents"):
        check_candidates(CandidatesSpec(source="scoreddocs"), dataset, QuerySubset())


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (" \n", r": no candidates \(query-id Q0 document-id rank score tag\)"),
        ("q1 Q0 d1 1 2.0 t\nq1 d2\n", ":2: 2 columns instead of 6"),
        ("q1 Q0 d1 1 2.0 t\nq1 Q0 d1 1 1.0 t\n", ":2: document 'd1' is named twice"),
        ("q7 Q0 d1 1 2.0 t\n", " has none of the 3 queries"),
    ],
)
def test_a_run_file_is_read_whole_when_it_is_checked(folder, tmp_path, text, wrong):
    run = tmp_path / "first.trec"
    run.write_text(text)
    with pytest.raises(BenchError, match=rf"first\.trec{wrong}"):
        check_candidates(CandidatesSpec(source="run", file=run), DatasetSpec(path=folder), QuerySubset())


def test_a_run_file_has_some_of_the_queries_that_are_used(folder, tmp_path):
    run, subset = tmp_path / "first.trec", QuerySubset(size=1)
    (used,) = subset.select(QUERIES)
    spec, dataset = CandidatesSpec(source="run", file=run), DatasetSpec(path=folder)
    run.write_text("".join(f"{query_id} Q0 d1 1 1.0 t\n" for query_id in QUERIES if query_id != used))
    assert check_candidates(spec, dataset, QuerySubset()).present
    with pytest.raises(BenchError, match=f"has none of the 1 queries .such as '{used}'"):
        check_candidates(spec, dataset, subset)


def test_a_run_file_is_checked_where_the_queries_are_not_at_hand_or_wrong(folder, tmp_path):
    run = tmp_path / "first.trec"
    run.write_text("q7 Q0 d1 1 2.0 t\n")
    spec = CandidatesSpec(source="run", file=run)
    assert check_candidates(spec, DatasetSpec(id="beir/scifact/test"), QuerySubset()).present
    (folder / "queries.jsonl").write_text("broken")
    assert check_candidates(spec, DatasetSpec(path=folder), QuerySubset()).present


def test_a_run_file_is_read_once_until_it_changes(tmp_path, monkeypatch):
    path, reads = tmp_path / "run.trec", []
    monkeypatch.setattr(candidates, "read_run", lambda path: reads.append(path) or read_run(path))
    write_run(path, {"q": [("d1", 1.0)]}, tag="first")
    assert read_run_file(path) == read_run_file(path) == {"q": [("d1", 1.0)]}
    write_run(path, {"q": [("d2", 1.0)]}, tag="other")
    assert read_run_file(path) == {"q": [("d2", 1.0)]}
    assert len(reads) == 2
