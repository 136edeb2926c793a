"""What an experiment may say of cold starts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bench.experiment.cold_start import ColdStartSpec
from bench.experiment.file import load_experiment
from bench.experiment.schema import Experiment


def test_every_number_of_threads_meets_every_number_of_passages():
    spec = ColdStartSpec(systems=("a",), threads=(1, 2), passages=(5, 20))
    assert spec.settings == ((1, 5), (1, 20), (2, 5), (2, 20))


def test_the_price_decides_no_measurement():
    spec = ColdStartSpec(systems=("a",))
    dearer = spec.model_copy(update={"price": 2 * spec.price, "reranks_per_start": 1})
    assert dearer.measured() == spec.measured()
    assert ColdStartSpec(systems=("a",), warm=6).measured() != spec.measured()


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"systems": []}, "systems"),
        ({"systems": ["a", "a"]}, "names a twice"),
        ({"systems": ["a"], "threads": [2, 2]}, "`threads` names 2 twice"),
        ({"systems": ["a"], "threads": [0]}, "greater than or equal to 1"),
        ({"systems": ["a"], "mix": "long"}, "no length mix 'long'; there are: short"),
        ({"systems": ["a"], "price": 0}, "greater than 0"),
        ({"systems": ["a"], "runs": 1}, "runs"),
    ],
)
def test_what_is_wrong_is_refused(said, wrong):
    with pytest.raises(ValidationError, match=wrong):
        ColdStartSpec.model_validate(said)


def test_an_experiment_may_have_nothing_else(tmp_path):
    path = tmp_path / "cold.yaml"
    path.write_text("models: [nano]\ncold_start: {systems: [flashrank, fastembed]}\n", encoding="utf-8")
    experiment = load_experiment(path)
    assert experiment.systems == ("flashrank", "fastembed")
    assert experiment.select(parts=["cold_start"]).planned().cold_start == experiment.cold_start
    trial = experiment.select(limit=2)
    assert trial.cold_start is not None
    assert (trial.cold_start.rounds, trial.cold_start.warm) == (2, 2)


def test_a_model_is_needed_and_what_is_for_our_library_alone_is_refused():
    cold = {"systems": ["a"]}
    with pytest.raises(ValidationError, match="`cold_start` needs `models`"):
        Experiment.model_validate({"name": "x", "cold_start": cold})
    with pytest.raises(ValidationError, match="`cold_start` gives every system the directory of nano"):
        Experiment.model_validate({"name": "x", "models": [{"name": "nano", "graph": "fast"}], "cold_start": cold})
