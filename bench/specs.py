"""The rows of an experiment: a dataset, its candidates, a reranker, a sweep, a latency grid."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from bench.analyzers import analyzer_of
from bench.collections.catalog import find_published
from bench.errors import BenchError
from bench.reranker_spec import RerankerSpec as RerankerSpec
from bench.strict import Strict as Strict
from bench.strict import identifiers


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, int) else value


def _known_language(language: str) -> str:
    try:
        analyzer_of(language)
    except BenchError as error:
        raise ValueError(str(error)) from error
    return language


def _published(name: str) -> str:
    try:
        return find_published(name).name
    except BenchError as error:
        raise ValueError(str(error)) from error


_Lengths = Annotated[tuple[Annotated[int, Field(ge=8, le=8192)], ...], Field(min_length=1)]
_Limits = Annotated[tuple[Annotated[int, Field(ge=16, le=8192)], ...], Field(min_length=1)]
_Depths = Annotated[tuple[Annotated[int, Field(ge=1, le=10_000)], ...], Field(min_length=1)]
_Passages = Annotated[tuple[Annotated[int, Field(ge=1, le=1000)], ...], BeforeValidator(_as_list), Field(min_length=1)]
_Threads = Annotated[tuple[Annotated[int, Field(ge=1, le=1024)], ...], BeforeValidator(_as_list), Field(min_length=1)]


class CandidatesSpec(Strict):
    """Where the passages to rerank come from.

    Attributes:
        source: ``bm25`` builds an index here, ``run`` reads a TREC run file, ``scoreddocs`` takes the run that
            ir_datasets serves with the dataset.
        depth: Candidates reranked per query, at most.
        k1: BM25's term frequency saturation.
        b: BM25's length normalisation.
        file: The TREC run file of source ``run``.
        label: What the first stage is called in tables.
    """

    source: Literal["bm25", "run", "scoreddocs"] = "bm25"
    depth: int = Field(100, ge=1, le=10_000)
    k1: float = Field(0.9, ge=0, le=10)
    b: float = Field(0.4, ge=0, le=1)
    file: Path | None = None
    label: str = Field("BM25", min_length=1)

    @model_validator(mode="after")
    def _file_goes_with_run(self) -> Self:
        if (self.source == "run") != (self.file is not None):
            raise ValueError("`file` names the TREC run of source `run`, and no other source takes one")
        return self


class QuerySubset(Strict):
    """Which of a dataset's judged queries are used.

    Attributes:
        size: How many; all when not given. A smaller size of the same seed is a subset of a larger one.
        seed: Chooses the subset.
    """

    size: int | None = Field(None, ge=1)
    seed: int = 0

    def of(self, queries: dict[str, str]) -> dict[str, str]:
        """Return the subset's queries in their own order; the choice depends on ids and seed alone."""
        if self.size is None:
            return queries
        by_lot = sorted(queries, key=lambda query_id: hashlib.sha256(f"{self.seed} {query_id}".encode()).digest())
        chosen = set(by_lot[: self.size])
        return {query_id: text for query_id, text in queries.items() if query_id in chosen}

    def limited(self, size: int) -> QuerySubset:
        """Return the same subset with ``size`` queries at most."""
        return self.model_copy(update={"size": min(size, self.size or size)})


class DatasetSpec(Strict):
    """One test collection: an ir_datasets id, a published collection or a folder in BEIR layout.

    Attributes:
        id: ir_datasets id, such as ``beir/scifact/test``, or ``builtin/python-docs``.
        collection: A collection of ``bench.collections.catalog``, fetched on first use and checked to be what was
            measured.
        path: Folder with ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/test.tsv``.
        name: Label in tables; the id or the folder's name when not given.
        exclude_self: Drop the candidate whose id is the query's own, as BEIR does for ArguAna and Quora.
        language: Of its documents and queries, which decides what BM25 takes for a word: one of
            ``bench.analyzers.LANGUAGES``.
        candidates: Overrides the experiment's candidates for this dataset.
        queries: Overrides the experiment's subset of queries for this dataset.
        relevant_from: The lowest grade that measures such as RR, R and P count as relevant; where it is not given,
            what ``bench.relevance`` knows of the id, or of the judgments of a folder, else 1. A measure that says
            ``rel=`` itself keeps it.
        note: A caveat printed beside this dataset's numbers.
    """

    id: str | None = None
    collection: Annotated[str, AfterValidator(_published)] | None = None
    path: Path | None = None
    name: str = ""
    exclude_self: bool = False
    language: Annotated[str, AfterValidator(_known_language)] = "en"
    candidates: CandidatesSpec | None = None
    queries: QuerySubset | None = None
    relevant_from: int | None = Field(None, strict=True, ge=1, le=100)
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _one_source(cls, data: Any) -> Any:
        if isinstance(data, dict):
            sources = [data[key] for key in ("id", "collection", "path") if data.get(key) is not None]
            if len(sources) != 1:
                raise ValueError(
                    "give one of `id` (of ir_datasets), `collection` (a published one) and `path` (a folder in BEIR "
                    "layout)"
                )
            if not data.get("name"):
                data = {**data, "name": Path(str(sources[0])).name if data.get("id") is None else str(sources[0])}
        return data

    @property
    def identifiers(self) -> set[str]:
        """The words by which ``--datasets`` knows this dataset."""
        return identifiers(self.name, self.id or self.collection, self.path)


class SweepSpec(Strict):
    """Other depths and lengths at which every reranker is measured beside its own.

    Depths are measured at the model's own length, lengths with all candidates. Depths above the candidates' and
    lengths above the model's own are left out; all candidates at the model's own length are always in.

    Attributes:
        depths: Candidates reranked per query; the rest keep the first stage's order below them.
        max_lengths: Most tokens per pair, special tokens included.
        timed_queries: Queries timed at every one of these, chosen by lot.
        repeats: Times that each of them is timed.
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
        threads: Passages scored at once: a number or a list, none above the cores of the machine that measures; that
            of the model's row when not given.
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
