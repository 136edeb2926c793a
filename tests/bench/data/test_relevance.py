"""Thresholds of relevance: what is known of collections, and which measures they are for."""

from __future__ import annotations

import ir_measures
import pytest
from pydantic import ValidationError

from bench.data.collections.catalog import PUBLISHED
from bench.data.collections.opening import open_collection
from bench.data.dataset_spec import DatasetSpec
from bench.data.relevance import (
    THRESHOLDS,
    at_threshold,
    known_collection,
    known_threshold,
    lowest_relevant,
    measure_name,
    takes_threshold,
    threshold_note,
)
from bench.data.runs import read_run
from bench.experiment.schema import Experiment
from bench.measure.quality import measure

QRELS = {"q": {"related": 1, "right": 2, "perfect": 3, "wrong": 0}}
RUN = {"q": [("related", 4.0), ("wrong", 3.0), ("right", 2.0)]}


def values(relevant_from: int, *measures: str) -> dict[str, float]:
    table = measure(RUN, QRELS, measures, relevant_from)
    return table.set_index("measure")["value"].round(4).to_dict()


def test_grade_1_is_relevant_only_where_the_threshold_says_so():
    measures = ("RR@10", "P@2", "R@100", "AP", "Success@1")
    assert values(1, *measures) == {"RR@10": 1, "P@2": 0.5, "R@100": 0.6667, "AP": 0.5556, "Success@1": 1}
    assert values(2, *measures) == {"RR@10": 0.3333, "P@2": 0, "R@100": 0.5, "AP": 0.1667, "Success@1": 0}


def test_graded_measures_and_judged_are_not_concerned():
    assert values(2, "nDCG@10", "Judged@10") == values(1, "nDCG@10", "Judged@10")


def test_a_measure_that_says_rel_keeps_it():
    said = ("RR(rel=1)@10", "RR(rel=2)@10", "RR@10", "RR(rel=3)")
    assert values(2, *said) == {"RR(rel=1)@10": 1, "RR(rel=2)@10": 0.3333, "RR@10": 0.3333, "RR(rel=3)": 0}


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("RR(rel=1)@10", "RR(rel=1)@10"),
        ("RR(rel=1)", "RR(rel=1)"),
        ("P(judged_only=True,rel=1)@5", "P(rel=1,judged_only=True)@5"),
        ("MRR@10", "RR@10"),
        ("RR(rel=2)", "RR(rel=2)"),
        ("nDCG@10", "nDCG@10"),
        ("NumRet(rel=1)", "NumRet(rel=1)"),
        ("NumRelRet", "NumRelRet"),
        ("NumRelRet()", "NumRelRet"),
        ("NumRelRet(rel=2)", "NumRet(rel=2)"),
        ("NumRelRet( rel = 1 )", "NumRet(rel=1)"),
    ],
)
def test_names_keep_what_a_measure_says(expression, name):
    assert measure_name(expression) == name
    assert measure_name(name) == name
    assert ir_measures.parse_measure(name) == ir_measures.parse_measure(expression)


def test_an_alias_that_ir_measures_reads_with_a_threshold_has_none():
    said = ("NumRelRet", "NumRet(rel=1)", "NumRelRet(rel=3)", "NumRet")
    assert values(1, *said) == {"NumRelRet": 2, "NumRet(rel=1)": 2, "NumRet(rel=3)": 0, "NumRet": 3}
    assert values(2, *said) == {"NumRelRet": 1, "NumRet(rel=1)": 2, "NumRet(rel=3)": 0, "NumRet": 3}
    assert takes_threshold("NumRelRet")
    assert not takes_threshold("NumRet(rel=1)")


def test_it_is_the_only_such_alias():
    registry = ir_measures.measures.registry
    assert len(registry) > 40
    assert [name for name, measure in registry.items() if "rel" in measure.params] == ["NumRelRet"]
    for name in registry:
        assert measure_name(measure_name(name)) == measure_name(name)


def test_what_is_known_holds_for_the_ids_inside():
    assert known_threshold("msmarco-passage/trec-dl-2019") == 2
    assert known_threshold("msmarco-passage/trec-dl-2020/judged") == 2
    assert known_threshold("msmarco-passage-v2/trec-dl-2023/judged") == 2
    assert known_threshold("beir/msmarco/test") == 2
    assert known_threshold("trec-dl-2019-pool") == 2
    assert known_threshold("antique/test/non-offensive") == 3
    for other in (None, "msmarco-passage/dev/small", "msmarco-document/trec-dl-2019", "beir/scifact/test", "antiques"):
        assert known_threshold(other) == 1


def test_every_row_is_a_collection_and_one_of_its_grades():
    registry = pytest.importorskip("ir_datasets").registry
    for row in THRESHOLDS:
        if row.collection in PUBLISHED:
            continue
        inside = [known for known in registry if f"{known}/".startswith(f"{row.collection}/")]
        graded = [registry[known] for known in inside if registry[known].has("qrels")]
        assert graded, row
        for dataset in graded:
            grades = dataset.qrels_handler().qrels_defs()
            assert not grades or {row.relevant_from - 1, row.relevant_from} <= set(grades), row


def test_ir_datasets_official_measures_say_the_same_of_passages():
    registry = pytest.importorskip("ir_datasets").registry
    for known in registry:
        official = (registry[known].documentation() or {}).get("official_measures", ())
        if "passage" in known and any("rel=2" in str(name) for name in official):
            assert known_threshold(known) == 2, known


def test_ir_datasets_official_rr_is_told_of_documents():
    registry = pytest.importorskip("ir_datasets").registry
    for known in registry:
        official = (registry[known].documentation() or {}).get("official_measures", ())
        if "document" in known and "RR(rel=2)" in map(str, official):
            note = threshold_note(("nDCG@10", "RR", "P@10", "RR(rel=1)@10"), 1, known)
            assert note == "relevant from grade 1 in RR (ir_datasets' official RR: from grade 2)", known
            assert threshold_note(("P@10", "RR(rel=2)"), 1, known) == ""
            assert threshold_note(("P@10", "RR"), 2, known) == "relevant from grade 2 in P@10, RR"


def test_a_copy_of_dl_2019_counts_as_it_does(shared):
    dataset = DatasetSpec(path=shared / "collections/trec-dl-2019-pool", name="mine")
    qrels = open_collection(dataset).qrels()
    assert known_collection(dataset, qrels) == "trec-dl-2019-pool"
    assert lowest_relevant(dataset, qrels) == 2
    assert lowest_relevant(dataset) == 1
    del qrels[min(qrels)]
    assert known_collection(dataset, qrels) is None


def test_a_note_says_it_where_it_matters():
    assert threshold_note(("nDCG@10", "RR@10", "P(rel=3)@5"), 2, None) == "relevant from grade 2 in RR@10"
    assert threshold_note(("nDCG@10", "P(rel=3)@5"), 2, None) == ""
    assert threshold_note(("RR@10", "P@10"), 1, "beir/scifact/test") == ""
    # An old run of a collection whose makers say otherwise.
    assert threshold_note(("RR@10",), 1, "msmarco-passage/trec-dl-2019") == "relevant from grade 1 in RR@10"


@pytest.mark.parametrize("value", [0, -1, 1.5, "2", True, 1000])
def test_other_thresholds_are_refused(value):
    with pytest.raises(ValidationError):
        DatasetSpec(path="x", relevant_from=value)


def test_a_measure_that_cannot_be_computed_at_a_threshold_is_refused():
    definition = {"name": "x", "datasets": [{"path": "d", "relevant_from": 2}], "measures": ["NumRel"]}
    with pytest.raises(ValidationError, match=r"names NumRel, which .* from grade 2, as d has them"):
        Experiment.model_validate(definition)
    Experiment.model_validate({**definition, "datasets": [{"path": "d"}]})


def test_bm25_on_the_passages_of_dl_2019_has_anserinis_numbers(shared):
    qrels = open_collection(DatasetSpec(path=shared / "collections/trec-dl-2019-pool")).qrels()
    run = read_run(shared / "runs/trec-dl-2019-pool.bm25.top100.trec")
    means = measure(run, qrels, ["RR@10", "R@100", "P@10", "nDCG@10"], 2).groupby("measure")["value"].mean()
    assert means.round(4).to_dict() == {"RR@10": 0.7024, "R@100": 0.4910, "P@10": 0.4116, "nDCG@10": 0.5058}
    assert str(at_threshold("RR@10", 2)) == "RR(rel=2)@10"
