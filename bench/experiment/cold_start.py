"""What an experiment measures of starting: systems that are started anew for every request."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from bench.common.strict import Strict
from bench.data.length_mixes import known_mix

#: US dollars per GB-second of AWS Lambda on x86 in US East, the first tier
#: (aws.amazon.com/lambda/pricing).
LAMBDA_PRICE = 0.0000166667

_Counts = Annotated[tuple[Annotated[int, Field(ge=1, le=1000)], ...], Field(min_length=1)]


class ColdStartSpec(Strict):
    """Systems, each started anew in a process of its own, times threads, times passages, times the models.

    Attributes:
        systems: Names of ``bench.systems.rows``; times are given as multiples of the first one's.
        threads: Threads of a process.
        passages: Passages of the request that it is asked.
        mix: The lengths of the request's pairs, a mix of ``bench.data.length_mixes``.
        rounds: How often every system is started in every setting, in random order.
        warm: How often a process answers its request again, which is its time when it is warm.
        seed: Of the order in each round, and of the request.
        price: US dollars per GB-second, for what reranking costs; nothing is measured anew for another one.
        reranks_per_start: Requests that a process answers before it ends, for what reranking costs.
    """

    systems: Annotated[tuple[str, ...], Field(min_length=1)]
    threads: _Counts = (1, 2)
    passages: _Counts = (5, 20)
    mix: Annotated[str, AfterValidator(known_mix)] = "MS MARCO-like"
    rounds: int = Field(15, ge=1)
    warm: int = Field(5, ge=1)
    seed: int = Field(0, ge=0)
    price: float = Field(LAMBDA_PRICE, gt=0, lt=1)
    reranks_per_start: int = Field(1000, ge=1)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for what in ("systems", "threads", "passages"):
            values = getattr(self, what)
            if twice := [value for value in values if values.count(value) > 1]:
                raise ValueError(f"`{what}` names {twice[0]} twice")
        return self

    @property
    def settings(self) -> tuple[tuple[int, int], ...]:
        """Every number of threads with every number of passages."""
        return tuple((threads, passages) for threads in self.threads for passages in self.passages)

    def measured(self) -> dict[str, Any]:
        """Return what decides the measurements, as JSON values."""
        asked = self.model_dump(mode="json", exclude={"systems", "price", "reranks_per_start"})
        return {"asked": list(self.systems), **asked}

    def limited(self, size: int) -> ColdStartSpec:
        """Return the same for a trial: as many rounds and warm answers at most."""
        return self.model_copy(update={"rounds": min(self.rounds, size), "warm": min(self.warm, size)})
