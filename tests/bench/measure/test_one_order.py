"""A whole run whose inputs leave room for doubt: what is shown, what is measured and what the run files say agree."""

from __future__ import annotations

import csv
import json

import pandas as pd
import pytest
import pytrec_eval
import yaml

from bench.data.runs import read_run
from bench.measure.quality import measure
from flashrank import Ranker, RerankRequest
from tests.scaled_model import scaled_model

# "b" and "e" are one text, and so are "c" and "f": no reranker can tell them apart.
TEXTS = {
    **{"a": "rank the passages", "b": "query", "c": "model of a token", "d": "search the index for a query"},
    **{"e": "query", "f": "model of a token", "g": "rank"},
}
QUERY = "rank passages for a query"
QRELS = {"a": 1, "c": 2, "e": -2, "f": 0, "g": 3}
FIRST = [("b", 2.0), ("a", 1.0), ("c", 1.0), ("d", 1.0 - 1e-12), ("e", 1.0), ("f", 1.0), ("g", 0.5)]
MEASURES = ["RR@10", "P@3", "nDCG@10", "RR(rel=1)@10"]
FACTOR = 1024


@pytest.fixture(scope="module")
def models(fixtures, tmp_path_factory):
    source = fixtures / "one-logit-int8"
    return source, scaled_model(source, tmp_path_factory.mktemp("models") / "sure", FACTOR)


@pytest.fixture
def out(bench, models, tmp_path):
    folder = tmp_path / "coll"
    (folder / "qrels").mkdir(parents=True)
    documents = [{"_id": doc_id, "text": text} for doc_id, text in TEXTS.items()]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in documents))
    (folder / "queries.jsonl").write_text(
        json.dumps({"_id": "q", "text": QUERY}) + '\n{"_id": "left-out", "text": "this"}\n'
    )
    judged = "".join(f"q\t{doc_id}\t{grade}\n" for doc_id, grade in QRELS.items())
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged)
    lines = [f"q Q0 {doc_id} {rank} {score!r} x\n" for rank, (doc_id, score) in enumerate(FIRST, start=1)]
    (tmp_path / "first.trec").write_text("".join(lines))
    definition = {
        "datasets": [{"path": "coll", "relevant_from": 2}],
        "candidates": {"source": "run", "file": "first.trec", "depth": 6, "label": "first"},
        "models": [{"path": str(path), "label": label} for label, path in zip(("base", "sure"), models, strict=True)],
        "measures": MEASURES,
        "sweep": {"depths": [2, 4], "max_lengths": [16], "timed_queries": 1, "repeats": 1},
    }
    (tmp_path / "doubt.yaml").write_text(yaml.safe_dump(definition))
    done = bench("run", tmp_path / "doubt.yaml")
    assert done.returncode == 0, done.stderr
    return tmp_path / "runs" / "doubt"


def by_trec_eval(path, rel):
    run: dict[str, dict[str, float]] = {}
    for line in path.read_text().splitlines():
        query_id, _, doc_id, _, score, _ = line.split()
        run.setdefault(query_id, {})[doc_id] = float(score)
    found = pytrec_eval.RelevanceEvaluator({"q": QRELS}, {"recip_rank", "P_3"}, relevance_level=rel).evaluate(run)["q"]
    return found["recip_rank"], found["P_3"]


def test_everything_follows_one_order(out, models):
    cells = {label: out / "quality" / "coll" / label for label in ("first", "base", "sure")}
    candidates = [doc_id for doc_id, _ in read_run(cells["first"] / "run.trec")["q"]]
    # As trec_eval reads the file, before it is cut: ties, those of float32 too, by id from the end.
    assert candidates == ["b", "f", "e", "d", "c", "a"]
    passages = [{"id": doc_id, "text": TEXTS[doc_id]} for doc_id in candidates]
    reranked = Ranker(models[0], log_level="ERROR").rerank(RerankRequest(QUERY, passages))
    expected = [result["id"] for result in reranked]
    assert expected.index("b") < expected.index("e")
    assert expected.index("f") < expected.index("c")

    for label, order in (("first", candidates), ("base", expected), ("sure", expected)):
        found = pd.read_parquet(cells[label] / "queries.parquet").set_index("measure")["value"]
        assert [doc_id for doc_id, _ in read_run(cells[label] / "run.trec")["q"]] == order
        assert (found["RR@10"], found["P@3"]) == by_trec_eval(cells[label] / "run.trec", rel=2)
        assert found["RR@10"] == 1 / (1 + order.index("c"))
        assert found["RR(rel=1)@10"] == 1 / (1 + min(order.index("a"), order.index("c")))
        assert json.loads((cells[label] / "manifest.json").read_text())["relevant_from"] == 2
        if label != "first":
            shown = pd.read_parquet(cells[label] / "shown.parquet").set_index("doc_id")
            assert list(shown.sort_values("before").index) == candidates
            assert list(shown.sort_values("after").index) == order
            assert shown["relevance"].dropna().to_dict() == {
                doc_id: QRELS[doc_id] for doc_id in order if doc_id in QRELS
            }
            swept = pd.read_parquet(cells[label] / "sweep.parquet").set_index(["depth", "max_length", "measure"])[
                "value"
            ]
            for depth in (2, 4):
                top = [doc_id for doc_id in order if doc_id in candidates[:depth]] + candidates[depth:]
                run = {"q": [(doc_id, float(-rank)) for rank, doc_id in enumerate(top)]}
                values = measure(run, {"q": QRELS}, MEASURES, 2).set_index("measure")["value"]
                assert swept.loc[depth].droplevel("max_length").to_dict() == values.to_dict()
    scores = pd.read_parquet(cells["sure"] / "shown.parquet")["score"]
    assert scores.between(0, 1).all()
    assert scores.nunique() < 4


def test_the_report_says_what_was_counted_and_judged(out):
    report = (out / "report" / "report.md").read_text()
    assert "relevant from grade 2 in RR@10, P@3" in report
    with (out / "report" / "tables" / "datasets.csv").open() as file:
        assert [row["left out"] for row in csv.DictReader(file)] == ["1"]
    page = (out / "report" / "report.html").read_text()
    assert "relevant from grade 2 in RR@10, P@3" in page
    assert "1 query left out" in page
    assert '"relevant_from": 2' in page or '"relevant_from":2' in page
