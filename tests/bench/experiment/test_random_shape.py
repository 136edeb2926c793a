"""Shapes: usual sizes, labels that say what they are, and the shapes of the models in the list."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bench.experiment.random_shape import Shape, shape_of
from flashrank import find_model, list_models


@pytest.mark.parametrize(
    ("name", "heads", "intermediate_size", "vocabulary"),
    [
        ("ms-marco-TinyBERT-L-2-v2", 2, 512, 30_522),
        ("ms-marco-MiniLM-L-12-v2", 12, 1536, 30_522),
        ("ms-marco-MultiBERT-L-12", 12, 3072, 105_879),
        ("rank-T5-flan", 12, 2048, 32_128),
    ],
)
def test_a_models_row_gives_the_sizes_of_its_config(name, heads, intermediate_size, vocabulary):
    shape = shape_of(find_model(name))
    assert (shape.layers, shape.hidden_size) == (find_model(name).layers, find_model(name).hidden_size)
    assert (shape.heads, shape.intermediate_size, shape.vocabulary) == (heads, intermediate_size, vocabulary)


def test_rows_of_another_or_an_unknown_graph_have_no_shape():
    without = {spec.name for spec in list_models() if shape_of(spec) is None}
    assert without == {"miniReranker_arabic_v1", "rank_zephyr_7b_v1_full", "InRanker-small", "InRanker-base"}


def test_labels_say_that_the_weights_are_random():
    assert Shape(layers=4, hidden_size=384).label == "L-4 x 384 (random weights)"
    t5 = Shape(architecture="T5 encoder", layers=12, hidden_size=768)
    assert t5.label == "T5 encoder L-12 x 768 (random weights)"


def test_sizes_that_are_given_are_kept():
    shape = Shape(layers=2, hidden_size=128, heads=4, intermediate_size=200, vocabulary=5000)
    assert Shape.model_validate(shape.model_dump()) == shape
    assert (shape.heads, shape.intermediate_size, shape.vocabulary) == (4, 200, 5000)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"layers": 0, "hidden_size": 128}, "layers"),
        ({"layers": 2}, "hidden_size"),
        ({"layers": 2, "hidden_size": "wide"}, "hidden_size"),
        ({"layers": 2, "hidden_size": 128, "architecture": "GPT"}, "architecture"),
        ({"layers": 2, "hidden_size": 128, "vocabulary": 100}, "vocabulary"),
        ({"layers": 2, "hidden_size": 128, "width": 128}, "width"),
    ],
)
def test_only_what_is_wrong_is_refused(wrong, named):
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate(wrong)
    assert [error["loc"] for error in caught.value.errors()] == [(named,)]


def test_heads_must_share_the_width():
    with pytest.raises(ValidationError, match="128 is not a multiple of `heads` 3"):
        Shape(layers=2, hidden_size=128, heads=3)


def test_a_width_in_quotes_is_the_same_width():
    assert Shape.model_validate({"layers": 2, "hidden_size": "384"}) == Shape(layers=2, hidden_size=384)
