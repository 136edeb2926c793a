"""What an experiment measures side by side: systems that rerank the same requests with the same model."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from bench.common.strict import Strict
from bench.common.words import count_of
from bench.data.dataset_spec import DatasetSpec
from bench.data.length_mixes import known_mix


class WorkloadSpec(Strict):
    """The requests of one comparison: queries of a dataset with their candidates, or pairs of known lengths.

    Attributes:
        mix: A mix of lengths of ``bench.data.length_mixes``.
        dataset: A dataset, instead of a mix; its candidates are the experiment's where it names none.
        passages: Passages per request: each query's first candidates.
        systems: Which of the systems answer; all when not given.
        models: Which of the experiment's models they run; all when not given.
        requests: Requests of this workload, at most, instead of the comparison's.
        rounds: Rounds of this workload, instead of the comparison's.
        name: Label in tables; the mix or the dataset, and the passages, when not given.
    """

    mix: Annotated[str, AfterValidator(known_mix)] | None = None
    dataset: DatasetSpec | None = None
    passages: int = Field(100, ge=1, le=1000)
    systems: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    models: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    requests: int | None = Field(None, ge=1)
    rounds: int | None = Field(None, ge=1)
    name: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.mix is None) == (self.dataset is None):
            raise ValueError("give either `mix` (lengths of pairs) or `dataset` (a test collection)")
        return self

    @property
    def label(self) -> str:
        """What tables call it."""
        source = self.mix if self.dataset is None else self.dataset.name
        return self.name or f"{source}, {count_of(self.passages, 'passage')}"

    def limited(self, size: int) -> WorkloadSpec:
        """Return the same for a trial with ``size`` queries."""
        return self.model_copy(
            update={
                "requests": self.requests and min(self.requests, size),
                "rounds": self.rounds and min(self.rounds, size),
            }
        )


class PeersSpec(Strict):
    """Systems that answer the same requests in turn, times workloads, times the experiment's models.

    Attributes:
        systems: Names of ``bench.systems.rows``; times are given as multiples of the first one's.
        workloads: What they are asked.
        requests: Requests of each workload, at most: a dataset may have fewer queries.
        rounds: How often all systems are asked one request each, in random order.
        min_rounds: Rounds that every workload gets, unless it asks for fewer itself.
        max_seconds: Ends the rounds of a workload after this long, but never before ``min_rounds``.
        seed: Of the order of the systems in each round, and of what a mix is made of.
    """

    systems: Annotated[tuple[str, ...], Field(min_length=1)]
    workloads: Annotated[tuple[WorkloadSpec, ...], Field(min_length=1)]
    requests: int = Field(5, ge=1)
    rounds: int = Field(20, ge=1)
    min_rounds: int = Field(5, ge=1)
    max_seconds: float = Field(120.0, gt=0)
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        labels = tuple(workload.label.casefold() for workload in self.workloads)  # they name folders
        for what, names in (("systems", self.systems), ("workloads", labels)):
            if twice := [name for name in names if names.count(name) > 1]:
                raise ValueError(f"`{what}` names {twice[0]} twice")
        for workload in self.workloads:
            if other := [name for name in workload.systems or () if name not in self.systems]:
                raise ValueError(f"{workload.label}: {other[0]} is none of `systems`: {', '.join(self.systems)}")
            if workload.systems is not None and self.systems[0] not in workload.systems:
                raise ValueError(
                    f"{workload.label}: its `systems` lack {self.systems[0]}, of whose time the others' are multiples"
                )
        if self.min_rounds > self.rounds:
            raise ValueError(f"`min_rounds` ({self.min_rounds}) is above `rounds` ({self.rounds})")
        return self

    def narrowed(self, workload: WorkloadSpec) -> PeersSpec:
        """Return what is compared on one of the workloads alone, as that workload says."""
        rounds = workload.rounds or self.rounds
        return self.model_copy(
            update={
                "systems": tuple(name for name in self.systems if name in (workload.systems or self.systems)),
                "workloads": (workload,),
                "requests": workload.requests or self.requests,
                "rounds": rounds,
                "min_rounds": min(self.min_rounds, rounds),
            }
        )

    def comparison(self, workload: WorkloadSpec) -> dict[str, Any]:
        """Return what is asked for with one of the workloads, as JSON values, without where its files lie."""
        spec = self.narrowed(workload)
        return {
            "workload": workload.label,
            "source": workload.mix if workload.dataset is None else workload.dataset.name,
            "passages": workload.passages,
            "asked": list(spec.systems),
            **spec.model_dump(mode="json", exclude={"systems", "workloads"}),
        }

    def limited(self, size: int) -> PeersSpec:
        """Return the same for a trial with ``size`` queries: as many requests, rounds and seconds at most."""
        return self.model_copy(
            update={
                "workloads": tuple(workload.limited(size) for workload in self.workloads),
                "requests": min(self.requests, size),
                "rounds": min(self.rounds, size),
                "min_rounds": min(self.min_rounds, size),
                "max_seconds": min(self.max_seconds, float(size)),
            }
        )
