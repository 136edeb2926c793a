"""An experiment put together from its parts."""

from __future__ import annotations

import pytest

from bench.common.errors import BenchError
from bench.experiment.joined_parts import union
from bench.experiment.schema import Experiment

WHOLE = Experiment.model_validate(
    {
        "name": "x",
        "datasets": [{"path": "a"}, {"path": "b"}, {"path": "c"}],
        "models": ["nano", "rank-T5-flan"],
        "latency": {"tokens": [32]},
    }
)


def test_its_parts_make_the_whole_in_whatever_order_they_come():
    parts = {
        "1": WHOLE.select(datasets=["b"], models=["nano"], parts=["quality"]),
        "2": WHOLE.select(datasets=["a", "c"], models=["rank-T5-flan"], parts=["quality"]),
        "3": WHOLE.select(parts=["latency"]),
    }
    together = union(parts)
    assert [dataset.name for dataset in together.datasets] == ["b", "a", "c"]
    assert [model.label for model in together.models] == ["nano", "rank-T5-flan"]
    assert together.parts == ("quality", "latency")
    assert union(dict(reversed(parts.items()))) == WHOLE.model_copy(update={"parts": ("quality", "latency")})
    assert union(parts, WHOLE) is WHOLE
    assert union({"1": parts["1"]}, WHOLE) is WHOLE


def test_where_a_file_lies_is_no_difference():
    elsewhere = WHOLE.model_copy(
        update={"datasets": tuple(row.model_copy(update={"path": row.path / "x"}) for row in WHOLE.datasets)}
    )
    assert union({"1": WHOLE, "2": elsewhere}) == WHOLE


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measures": ["RR@10"]}, "2: another experiment than 1: they differ in measures"),
        ({"name": "y", "queries": {"size": 5}}, "2: another experiment than 1: they differ in name, queries"),
        ({"candidates": {"depth": 10}}, "2: another experiment than 1: they differ in candidates"),
        (
            {"datasets": [{"path": "a", "relevant_from": 2}]},
            "2: its dataset a is another than in 1: they differ in rel",
        ),
        (
            {"models": [{"name": "nano", "threads": 1}]},
            "2: its model nano is another than in 1: they differ in threads",
        ),
    ],
)
def test_parts_of_another_experiment_are_refused(change, message):
    other = Experiment.model_validate({**WHOLE.model_dump(), **change})
    with pytest.raises(BenchError) as refused:
        union({"1": WHOLE, "2": other})
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("change", "label"), [({"datasets": [{"path": "d"}]}, "d"), ({"models": ["ms-marco-MiniLM-L-12-v2"]}, "ms-marco")]
)
def test_what_the_whole_does_not_have_is_refused(change, label):
    other = Experiment.model_validate({**WHOLE.model_dump(), **change})
    with pytest.raises(BenchError, match=f"2: measured {label}.*, which the experiment x does not have"):
        union({"1": WHOLE, "2": other}, WHOLE)
