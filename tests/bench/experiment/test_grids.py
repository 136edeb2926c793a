"""What a sweep and a latency grid may say, and that old results are still those of their experiments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from bench.experiment.grids import LatencySpec, SweepSpec

MEASURED = Path(__file__).parents[3] / "reports" / "measured"


def test_a_grid_of_one_number_of_passages_is_written_as_it_always_was():
    assert json.dumps(LatencySpec().model_dump(mode="json")) == (
        '{"tokens": [16, 32, 64, 128, 256, 512], "passages": 10, "repeats": 100, "min_repeats": 20, "warmup": 3, '
        '"max_seconds": 60.0}'
    )


def test_committed_results_are_of_the_grid_that_their_experiment_asks_for():
    experiment = json.loads((MEASURED / "experiment.json").read_text())
    manifests = list(MEASURED.glob("latency/*/manifest.json"))
    assert manifests
    for path in manifests:
        recorded = json.loads(path.read_text())["grid"]
        assert recorded == LatencySpec.model_validate(experiment["latency"]).model_dump(mode="json")


@pytest.mark.parametrize("written", [{"passages": 7}, {"passages": [7]}, {"passages": (7,), "threads": None}])
def test_one_number_is_a_list_of_one(written):
    grid = LatencySpec.model_validate(written)
    assert (grid.passages, grid.threads) == ((7,), None)
    assert grid == LatencySpec(passages=7)


@pytest.mark.parametrize("written", [{"passages": [1, 10, 100], "threads": [1, 2]}, {"threads": 2}, {}])
def test_a_grid_written_and_read_back_is_the_same(written):
    grid = LatencySpec.model_validate(written)
    assert LatencySpec.model_validate_json(grid.model_dump_json()) == grid
    assert LatencySpec.model_validate(grid.model_dump(mode="json")) == grid


def test_lists_of_passages_and_threads_are_written_as_such():
    written = LatencySpec(passages=(1, 10), threads=2).model_dump(mode="json")
    assert (written["passages"], written["threads"]) == ([1, 10], [2])


@pytest.mark.parametrize(
    "wrong",
    [
        {"passages": 0},
        {"passages": []},
        {"passages": [10, 10]},
        {"passages": 1001},
        {"threads": 0},
        {"threads": []},
        {"threads": [2, 2]},
        {"tokens": [16, 16]},
        {"min_repeats": 101},
    ],
)
def test_a_grid_that_cannot_be_measured_is_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        LatencySpec.model_validate(wrong)


def test_a_sweep_has_defaults():
    sweep = SweepSpec()
    assert (sweep.depths, sweep.max_lengths) == ((10, 20, 50, 100), (64, 128, 256, 512))
    assert (sweep.timed_queries, sweep.repeats) == (10, 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"depths": [0]},
        {"depths": []},
        {"depths": [10, 10]},
        {"max_lengths": [15]},
        {"max_lengths": []},
        {"max_lengths": [64, 64]},
        {"timed_queries": 0},
        {"repeats": 0},
        {"lengths": [64]},
    ],
)
def test_a_sweep_that_cannot_be_measured_is_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        SweepSpec.model_validate(wrong)
