from __future__ import annotations

import pytest
from pydantic import ValidationError

from bench.experiment.gate_limits import GateSpec, TimedSpec


def test_the_slowdown_tolerated_lies_between_none_and_the_one_to_catch():
    assert GateSpec().slowdown == pytest.approx(1.15**0.5, abs=0.01)


@pytest.mark.parametrize(
    "limits", [{"margin": 0}, {"alpha": 0.5}, {"slowdown": 1}, {"processes": 2}, {"processes": 9, "max_processes": 8}]
)
def test_limits_that_judge_nothing_are_refused(limits):
    with pytest.raises(ValidationError):
        GateSpec(**limits)


def test_what_is_timed_is_one_model():
    with pytest.raises(ValidationError, match="`or_random` is not for what a gate times"):
        TimedSpec(name="ms-marco-TinyBERT-L-2-v2", or_random=True)
    with pytest.raises(ValidationError, match="passages"):
        TimedSpec(name="nano", passages=0)
