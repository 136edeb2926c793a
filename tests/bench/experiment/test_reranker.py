"""Which model a row means, and what it may say about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bench.experiment.reranker import RerankerSpec

SHAPE = {"layers": 4, "hidden_size": 384}


def row(**given):
    return RerankerSpec.model_validate(given)


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ({"name": "nano"}, "nano"),
        ({"path": "models/mine"}, "mine"),
        ({"name": "org/name", "revision": "abc"}, "org/name"),
        ({"name": "nano", "label": "small"}, "small"),
        ({"random": SHAPE}, "L-4 x 384 (random weights)"),
        ({"random": SHAPE, "label": "L-4"}, "L-4 (random weights)"),
        ({"random": SHAPE, "label": "L-4 (random weights)"}, "L-4 (random weights)"),
    ],
)
def test_a_row_has_a_label_and_random_weights_cannot_hide(given, label):
    spec = row(**given)
    assert spec.label == label
    assert RerankerSpec.model_validate_json(spec.model_dump_json()) == spec


def test_a_string_is_a_name():
    assert RerankerSpec.model_validate("nano") == row(name="nano")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "give either `name`"),
        ({"name": "nano", "path": "models/mine"}, "give either `name`"),
        ({"name": "nano", "random": SHAPE}, "give either `name`"),
        ({"name": "nano", "revision": "abc"}, "`revision` is for a model of the hub"),
        ({"name": "nano", "file": "model.onnx"}, "`file` is for a model of the hub"),
        ({"path": "mine", "revision": "abc"}, "`revision` is for a model of the hub"),
        ({"path": "mine", "or_random": True}, "`or_random` needs a model of the list"),
        ({"name": "org/name", "or_random": True}, "`or_random` needs a model of the list"),
        ({"name": "rank_zephyr_7b_v1_full", "or_random": True}, "`or_random` needs a model of the list"),
        ({"random": SHAPE, "or_random": True}, "`or_random` needs a model of the list"),
        ({"name": "nano", "template": "{query}"}, "it must hold {query} and then {passage}"),
    ],
)
def test_what_contradicts_itself_is_refused(given, said):
    with pytest.raises(ValidationError) as caught:
        row(**given)
    (error,) = caught.value.errors()
    assert said in error["msg"]


def test_the_stand_in_is_run_as_the_row_says():
    spec = row(name="ms-marco-MultiBERT-L-12", label="MultiBERT", or_random=True, max_length=128, threads=1)
    stand_in = spec.stand_in
    assert stand_in.label == "MultiBERT (random weights)"
    assert (stand_in.random.layers, stand_in.random.hidden_size) == (12, 768)
    assert (stand_in.name, stand_in.max_length, stand_in.threads) == (None, 128, 1)
    assert RerankerSpec.model_validate(stand_in.model_dump()) == stand_in


def test_a_row_is_chosen_by_its_label_name_or_path():
    assert row(name="nano", label="small").identifiers == {"small", "nano"}
    assert row(path="models/mine").identifiers == {"mine", str(Path("models/mine"))}
    assert row(random=SHAPE).identifiers == {"L-4 x 384", "L-4 x 384 (random weights)"}


def test_a_cascade_is_called_after_both_models():
    row = RerankerSpec.model_validate({"name": "ms-marco-MiniLM-L-12-v2", "first": "nano"})
    assert row.label == "ms-marco-MiniLM-L-12-v2 after nano"
    assert row.first_model == RerankerSpec(name="nano")
    assert RerankerSpec(path="models/large", first="models/small", patience=5).label == "large after small, patience 5"
    assert RerankerSpec(name="nano").first_model is None


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"name": "nano", "patience": 5}, "`patience` is for a model that comes after another"),
        ({"name": "nano", "first": "other", "patience": 0}, "greater than or equal to 1"),
        ({"name": "nano", "first": ""}, "at least 1 character"),
    ],
)
def test_what_a_cascade_cannot_be_is_refused(said, wrong):
    with pytest.raises(ValidationError, match=wrong):
        RerankerSpec.model_validate(said)
