"""The file of published numbers: complete, consistent, and found by the labels that experiments use."""

from __future__ import annotations

import ir_datasets
import ir_measures
import pytest
import yaml
from pydantic import ValidationError

from bench.data.reference_numbers import ReferenceNumbers, is_judged_pool, load_references, same_name
from bench.experiment.file import EXPERIMENTS

REFERENCES = load_references()
DL19 = "msmarco-passage/trec-dl-2019/judged"


def test_query_counts_are_ir_datasets_own():
    for row in REFERENCES.datasets:
        assert ir_datasets.load(row.id).metadata()["queries"]["count"] == row.queries, row.id


def test_measures_are_written_as_ir_measures_writes_them():
    for publication in REFERENCES.publications:
        assert str(ir_measures.parse_measure(publication.measure)) == publication.measure


def test_nothing_is_published_twice_by_one_source():
    cells = [
        (publication.source, publication.measure, model, dataset)
        for publication in REFERENCES.publications
        for model, values in publication.values.items()
        for dataset in values
    ]
    assert len(cells) == len(set(cells))


def test_rerankers_say_what_they_reranked_and_first_stages_do_not():
    for publication in REFERENCES.publications:
        stated = (publication.first_stage, publication.depth, publication.precision)
        first_stages = publication.values.keys() <= {"BM25"}
        assert all(value is None for value in stated) if first_stages else None not in stated


@pytest.mark.parametrize("name", ["beir-full", "msmarco"])
def test_labels_of_the_experiments_are_known(name):
    experiment = yaml.safe_load((EXPERIMENTS / f"{name}.yaml").read_text())
    ids = {row.id for row in REFERENCES.datasets}
    for dataset in experiment["datasets"]:
        label = dataset["name"]
        (published,) = {
            reference.dataset.id
            for publication in REFERENCES.publications
            for model in publication.values
            for reference in REFERENCES.find(label, model, publication.measure)
        }
        assert published == dataset["id"] or (published in ids and dataset["id"] == "beir/msmarco/dev")


def test_labels_of_other_datasets_find_nothing():
    experiment = yaml.safe_load((EXPERIMENTS / "nano-beir.yaml").read_text())
    for dataset in experiment["datasets"]:
        assert REFERENCES.find(dataset["name"], "BM25", "nDCG@10") == []
    assert REFERENCES.find("SciFact", "nano", "nDCG@10") == []
    assert REFERENCES.find("SciFact", "BM25 top 1000 (unordered)", "nDCG@10") == []
    assert REFERENCES.find("SciFact", "BM25", "AP") == []


@pytest.mark.parametrize("label", ["DL19", "dl19", "TREC DL19 judged pool", "trec-dl-2019-pool", DL19])
@pytest.mark.parametrize("model", ["ms-marco-MiniLM-L-12-v2", "cross-encoder/ms-marco-MiniLM-L12-v2"])
def test_one_dataset_by_many_names(label, model):
    (found,) = REFERENCES.find(label, model, "nDCG@10")
    assert (found.dataset.id, found.dataset.queries, found.value) == (DL19, 43, 0.7431)
    assert found.publication.depth == 1000


def test_bm25_of_the_paper_and_of_anserini_agree_to_three_digits():
    (found,) = REFERENCES.find("SciFact", "BM25", "nDCG@10")
    assert round(found.value, 3) == 0.679


@pytest.mark.parametrize(
    ("label", "note", "expected"),
    [
        ("trec-dl-2019-pool", "", True),
        ("TREC DL19 judged pool", "", True),
        ("DL19", "BM25's top 100 restricted to judged passages", True),
        (DL19, "", False),
        ("DL19", "", False),
        ("Poolside questions", "", False),
    ],
)
def test_judged_pools_are_recognised(label, note, expected):
    assert is_judged_pool(label, note) is expected


def test_labels_are_compared_without_punctuation():
    assert same_name("BM25 top 1000 (unordered)", "bm25 top-1000 unordered")
    assert not same_name("BM25", "BM25 top 1000 (unordered)")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"datasets": [{"id": "a", "queries": 1}, {"id": "b", "queries": 1, "aliases": ["A"]}]}, "means both a and b"),
        ({"datasets": []}, "'a' is not among"),
        ({"models": []}, "'BM25' is not among"),
        ({"publications": [{"values": {"BM25": {"a": 67.9}}}]}, "less than or equal to 1"),
        ({"publications": [{"url": "page 3"}]}, "https://"),
        ({"extra": 1}, "Extra inputs are not permitted"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(change, message):
    publication = {"source": "s", "url": "https://x", "note": "n", "measure": "nDCG@10", "values": {"BM25": {"a": 0.5}}}
    good = {"datasets": [{"id": "a", "queries": 1}], "models": [{"name": "BM25"}], "publications": [publication]}
    assert ReferenceNumbers.model_validate(good)
    change = dict(change)
    if "publications" in change:
        change["publications"] = [publication | change["publications"][0]]
    with pytest.raises(ValidationError, match=message):
        ReferenceNumbers.model_validate(good | change)
