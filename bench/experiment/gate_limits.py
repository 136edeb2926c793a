"""What a gate tolerates and what else it times, as an experiment file states them under ``gate:``."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from bench.common.strict import Strict
from bench.experiment.reranker import RerankerSpec


class TimedSpec(RerankerSpec):
    """A reranker that a gate times beside the models of the experiment; its weights may be random.

    Attributes:
        passages: Passages per request: the first candidates of the queries of the experiment's first dataset.
    """

    passages: int = Field(50, ge=1)

    @model_validator(mode="after")
    def _is_one_model(self) -> Self:
        if self.or_random:
            raise ValueError("`or_random` is not for what a gate times: give `name`, `path` or `random`")
        return self


class GateSpec(Strict):
    """What counts as a loss or a slowdown, and how much is measured to see one.

    ``slowdown`` is about the geometric mean of no change and of the slowdown of 15 % that must be caught. So both lie
    equally far from the limit.

    Attributes:
        margin: The largest mean loss of the primary measure that is tolerated.
        alpha: Probability of a wrong verdict if the true value lies on the limit. Intervals are one-sided at it.
        slowdown: The largest ratio of times, new over base, that is tolerated when both took turns.
        slowdown_apart: The same where one was measured after the other. What the machine did in between is a part of
            that ratio, and no interval shows it.
        requests: Queries that a gate sends to both versions, at most.
        passages: Passages per request: each query's first candidates.
        processes: Pairs of new processes that take turns before anything is judged. Two processes of the same program
            differ by a per cent or two for as long as they live, so the requests of one pair are no sample.
        max_processes: Pairs started at most, if ``processes`` are too few to judge.
        timed: What is timed beside the models of the experiment, such as a path through the code that none of them
            takes. Only the gate between two versions does it.
    """

    margin: float = Field(0.005, gt=0, lt=1)
    alpha: float = Field(0.05, gt=0, lt=0.5)
    slowdown: float = Field(1.07, gt=1)
    slowdown_apart: float = Field(1.15, gt=1)
    requests: int = Field(80, ge=2)
    passages: int = Field(10, ge=1)
    processes: int = Field(5, ge=3)
    max_processes: int = Field(15, ge=3)
    timed: tuple[TimedSpec, ...] = ()

    @model_validator(mode="after")
    def _floor_below_ceiling(self) -> Self:
        if self.processes > self.max_processes:
            raise ValueError(f"`processes` ({self.processes}) is above `max_processes` ({self.max_processes})")
        return self
