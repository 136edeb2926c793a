"""What an experiment measures beside quality: a sweep of depths and lengths, a grid of latency."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from bench.common.strict import Strict


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, int) else value


_Lengths = Annotated[tuple[Annotated[int, Field(ge=8, le=8192)], ...], Field(min_length=1)]
_Limits = Annotated[tuple[Annotated[int, Field(ge=16, le=8192)], ...], Field(min_length=1)]
_Depths = Annotated[tuple[Annotated[int, Field(ge=1, le=10_000)], ...], Field(min_length=1)]
_Passages = Annotated[tuple[Annotated[int, Field(ge=1, le=1000)], ...], BeforeValidator(_as_list), Field(min_length=1)]
_Threads = Annotated[tuple[Annotated[int, Field(ge=1, le=1024)], ...], BeforeValidator(_as_list), Field(min_length=1)]


class SweepSpec(Strict):
    """Other depths and lengths at which every reranker is measured beside its own.

    Depths are measured at the model's own length, and lengths with all candidates. Depths above the number of
    candidates and lengths above the model's own are left out. All candidates at the model's own length are always
    measured.

    Attributes:
        depths: Candidates reranked per query; the rest keep the first stage's order below them.
        max_lengths: Most tokens per pair, special tokens included.
        timed_queries: Queries timed at each depth and each length, chosen at random, by a fixed seed.
        repeats: How often each of them is timed.
    """

    depths: _Depths = (10, 20, 50, 100)
    max_lengths: _Limits = (64, 128, 256, 512)
    timed_queries: int = Field(10, ge=1)
    repeats: int = Field(3, ge=1)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _refuse_repetition(depths=self.depths, max_lengths=self.max_lengths)
        return self

    def limited(self, size: int) -> SweepSpec:
        """Return the same sweep for a trial with ``size`` queries, a tenth of which are timed."""
        most = tenth(size)
        return self.model_copy(
            update={"timed_queries": min(self.timed_queries, most), "repeats": min(self.repeats, most)}
        )


class LatencySpec(Strict):
    """The grid of latency measurements: exact token counts, passages and threads, times the experiment's models.

    Attributes:
        tokens: Tokens per pair, special tokens included.
        passages: Passages per request, all of the same length: a number or a list.
        threads: Passages scored at once: a number or a list, none above the cores of the machine that measures; what
            the model's row says when not given.
        repeats: Timed requests per combination, after ``warmup`` untimed ones.
        min_repeats: Repeats that every combination gets.
        warmup: Untimed requests per combination.
        max_seconds: Stops repeating a combination after this long, but never below ``min_repeats``.
    """

    tokens: _Lengths = (16, 32, 64, 128, 256, 512)
    passages: _Passages = (10,)
    threads: _Threads | None = None
    repeats: int = Field(100, ge=1)
    min_repeats: int = Field(20, ge=1)
    warmup: int = Field(3, ge=0)
    max_seconds: float = Field(60.0, gt=0)

    @model_validator(mode="after")
    def _floor_below_ceiling(self) -> Self:
        _refuse_repetition(tokens=self.tokens, passages=self.passages, threads=self.threads or ())
        if self.min_repeats > self.repeats:
            raise ValueError(f"`min_repeats` ({self.min_repeats}) is above `repeats` ({self.repeats})")
        return self

    def limited(self, size: int) -> LatencySpec:
        """Return the same grid for a trial with ``size`` queries: as many repeats at most, in as many seconds."""
        return self.model_copy(
            update={
                "repeats": min(self.repeats, size),
                "min_repeats": min(self.min_repeats, size),
                "max_seconds": min(self.max_seconds, float(size)),
            }
        )

    @model_serializer(mode="wrap")
    def _as_one_number_was(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write a grid of one number of passages and no threads as it was before there could be others."""
        grid: dict[str, Any] = dump(self)
        if len(self.passages) == 1:
            grid["passages"] = self.passages[0]
        if self.threads is None:
            grid.pop("threads", None)
        return grid


def tenth(size: int) -> int:
    """Return a tenth of ``size``, rounded up."""
    return -(-size // 10)


def _refuse_repetition(**lists: tuple[int, ...]) -> None:
    for name, counts in lists.items():
        if len(set(counts)) != len(counts):
            raise ValueError(f"`{name}` names a count twice")
