"""What an experiment may say, and how it is narrowed."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bench.common.errors import BenchError
from bench.experiment.schema import Experiment

DATASETS = [
    {"id": "beir/scifact/test", "name": "SciFact"},
    {"id": "beir/nfcorpus/test"},
    {"path": "somewhere/med", "candidates": {"source": "run", "file": "med.trec"}, "queries": {"size": 5}},
]
MODELS = ["ms-marco-TinyBERT-L-2-v2", {"path": "models/mine", "max_length": 128}]


def experiment(**changes):
    return Experiment.model_validate({"name": "x", "datasets": DATASETS, "models": MODELS, **changes})


def test_labels_default_to_ids_names_and_folders():
    made = experiment()
    assert [dataset.name for dataset in made.datasets] == ["SciFact", "beir/nfcorpus/test", "med"]
    assert [model.label for model in made.models] == ["ms-marco-TinyBERT-L-2-v2", "mine"]
    assert made.measures[0] == "nDCG@10"
    assert made.candidates_of(made.datasets[0]).source == "bm25"
    assert made.candidates_of(made.datasets[2]).source == "run"
    assert made.queries_of(made.datasets[2]).size == 5


@pytest.mark.parametrize("name", ["SciFact", "beir/scifact/test"])
def test_a_dataset_goes_by_label_or_id(name):
    assert [dataset.name for dataset in experiment().select(datasets=[name]).datasets] == ["SciFact"]


@pytest.mark.parametrize("name", ["mine", "models/mine"])
def test_a_model_goes_by_label_or_path(name):
    assert [model.label for model in experiment().select(models=[name]).models] == ["mine"]


def test_a_selection_keeps_the_experiments_order():
    chosen = experiment().select(datasets=["med", "SciFact"], models=MODELS[:1])
    assert [dataset.name for dataset in chosen.datasets] == ["SciFact", "med"]


def test_limit_narrows_and_never_widens():
    chosen = experiment(queries={"size": 50, "seed": 3}).select(limit=10)
    assert [chosen.queries_of(dataset).size for dataset in chosen.datasets] == [10, 10, 5]
    assert chosen.queries.seed == 3


@pytest.mark.parametrize(("limit", "sweep", "latency"), [(5, (1, 1), (5, 5, 5)), (15, (2, 2), (15, 8, 15))])
def test_a_limit_shrinks_what_is_timed_and_is_written_down(limit, sweep, latency):
    grid = {"repeats": 30, "min_repeats": 8, "max_seconds": 20}
    chosen = experiment(sweep={}, latency=grid, description="All of it. ").select(limit=limit)
    assert (chosen.sweep.timed_queries, chosen.sweep.repeats) == sweep
    assert (chosen.latency.repeats, chosen.latency.min_repeats, chosen.latency.max_seconds) == latency
    assert chosen.description.startswith(f"All of it. This is a trial (--limit {limit}): at most {limit} queries")


def test_a_limit_above_everything_leaves_it():
    made = experiment(sweep={}, latency={})
    chosen = made.select(limit=1000)
    assert (chosen.sweep, chosen.latency) == (made.sweep, made.latency)


@pytest.mark.parametrize(
    ("parts", "planned", "datasets", "sweep", "latency"),
    [
        ((), ("quality", "sweep", "latency", "peers", "cold_start"), 3, True, True),
        (("latency", "quality"), ("quality", "latency"), 3, False, True),
        (("sweep",), ("quality", "sweep"), 3, True, False),
        (("latency",), ("latency",), 0, False, True),
    ],
)
def test_parts_leave_out_the_others(parts, planned, datasets, sweep, latency):
    whole = experiment(sweep={}, latency={})
    chosen = whole.select(parts=parts)
    assert chosen.parts == planned
    assert (chosen.datasets, chosen.sweep, chosen.latency) == (whole.datasets, whole.sweep, whole.latency)
    narrowed = chosen.planned()
    assert (len(narrowed.datasets), narrowed.sweep is not None, narrowed.latency is not None) == (
        datasets,
        sweep,
        latency,
    )
    assert Experiment.model_validate_json(chosen.model_dump_json()) == chosen


def test_a_part_that_the_experiment_lacks_is_refused():
    with pytest.raises(BenchError, match="no latency to measure; it has: quality, sweep"):
        experiment(sweep={}).select(parts=["quality", "latency"])


@pytest.mark.parametrize("selection", [{"datasets": ["SciFac"]}, {"models": ["L-12"]}])
def test_an_unknown_selection_names_the_known(selection):
    with pytest.raises(BenchError, match=r"has no (dataset 'SciFac'; it has: SciFact|model 'L-12'; it has: ms-marco)"):
        experiment().select(**selection)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"modles": []}, "Extra inputs"),
        ({"datasets": [{"id": "a", "path": "b"}]}, "give one of `id`"),
        ({"datasets": [{"name": "a"}]}, "give one of `id`"),
        ({"models": [{"label": "a"}]}, "either `name`"),
        ({"models": [MODELS[0], MODELS[0]]}, "names ms-marco-TinyBERT-L-2-v2 twice"),
        ({"models": [{"name": "a", "label": "BM25"}]}, "both called BM25"),
        ({"models": [{"name": "a", "max_length": 4}]}, "greater than or equal to 8"),
        ({"candidates": {"source": "run"}}, "`file` names the TREC run"),
        ({"candidates": {"file": "a"}}, "`file` names the TREC run"),
        ({"candidates": {"depth": 0}}, "greater than or equal to 1"),
        ({"measures": []}, "at least 1 item"),
        ({"measures": ["ndgc@10"]}, "no ir-measures expression"),
        ({"measures": ["nDCG@0"]}, "a cutoff is at least 1"),
        ({"measures": ["nDCG@1_0"]}, "write its numbers in decimal digits, as nDCG@10"),
        ({"measures": ["R(rel=1_0)@10"]}, "write its numbers in decimal digits"),
        ({"measures": ["P@0xa"]}, "write its numbers in decimal digits"),
        ({"measures": ["Judged@True"]}, "write its numbers in decimal digits"),
        ({"candidates": {"depth": True}}, "True is not a finite number in decimal digits"),
        ({"candidates": {"depth": " 10 "}}, "' 10 ' is not a finite number in decimal digits"),
        ({"queries": {"size": "\u0661"}}, "is not a finite number in decimal digits"),
        ({"sweep": {"depths": [10, "2_0"]}}, "'2_0' is not a finite number in decimal digits"),
        ({"latency": {"passages": True}}, "True is not a finite number in decimal digits"),
        ({"gate": {"margin": "0_1.5"}}, "'0_1.5' is not a finite number in decimal digits"),
        ({"models": [{"name": "a", "threads": "1_0"}]}, "'1_0' is not a finite number in decimal digits"),
        ({"datasets": [], "latency": {}, "models": [{"random": {"layers": True, "hidden_size": 48}}]}, "True is not a"),
        ({"measures": ["nDCG(gains={1:1700000000000})@10"]}, "gains, grades are whole numbers from -1000 to 1000"),
        ({"measures": ["nDCG(gains={1:'x'})@10"]}, "gains, grades are whole numbers from -1000 to 1000"),
        ({"measures": ["P@10", "P@10"]}, "names P@10 twice"),
        ({"measures": ["nDCG(dcg='exp-log2')@10"]}, "cannot be computed here"),
        ({"datasets": [{"id": "a", "name": "X"}, {"id": "b", "name": "x"}]}, "names X twice"),
        ({"queries": {"size": 0}}, "greater than or equal to 1"),
        ({"latency": {"tokens": [16, 16]}}, "names a count twice"),
        ({"latency": {"repeats": 5}}, "`min_repeats`"),
        ({"datasets": []}, "nothing to measure"),
        ({"models": [], "latency": {}}, "`latency` needs `models`"),
        ({"name": "../up"}, "should match pattern"),
    ],
)
def test_what_is_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        experiment(**changes)


def test_measures_are_written_as_ir_measures_writes_them():
    assert experiment(measures=["nDCG@10", "MRR@10", "AP(rel=2)"]).measures == ("nDCG@10", "RR@10", "AP(rel=2)")


def test_an_experiment_reads_back_from_its_own_json():
    made = experiment(latency={"tokens": [16]})
    assert Experiment.model_validate_json(made.model_dump_json()) == made


def test_only_numbers_are_looked_at_as_numbers():
    made = experiment(candidates={"depth": "20", "k1": "5e-1", "label": "1_0"}, description="1_0")
    assert (made.candidates.depth, made.candidates.k1, made.candidates.label) == (20, 0.5, "1_0")
    assert experiment(datasets=[{"path": "1_0", "exclude_self": True}]).datasets[0].name == "1_0"
