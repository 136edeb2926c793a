"""What an experiment says about its data: a dataset, its queries, and the candidates of each query."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bench.common.errors import BenchError
from bench.common.strict import Strict, identifiers
from bench.data.collections.catalog import find_published
from bench.data.first_stages.analyzers import analyzer_of
from bench.data.first_stages.bm25 import DEFAULT_B, DEFAULT_K1


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
    k1: float = Field(DEFAULT_K1, ge=0, le=10)
    b: float = Field(DEFAULT_B, ge=0, le=1)
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

    def select(self, queries: dict[str, str]) -> dict[str, str]:
        """Return the subset's queries in their own order; the choice depends on ids and seed alone."""
        if self.size is None:
            return queries
        shuffled = sorted(queries, key=lambda query_id: hashlib.sha256(f"{self.seed} {query_id}".encode()).digest())
        chosen = set(shuffled[: self.size])
        return {query_id: text for query_id, text in queries.items() if query_id in chosen}

    def limited(self, size: int) -> QuerySubset:
        """Return the same subset with ``size`` queries at most."""
        return self.model_copy(update={"size": min(size, self.size or size)})


class DatasetSpec(Strict):
    """One test collection: an ir_datasets id, a published collection or a folder in BEIR layout.

    Attributes:
        id: ir_datasets id, such as ``beir/scifact/test``, or ``builtin/python-docs``.
        collection: A collection of ``bench.data.collections.catalog``, fetched on first use and checked to be what was
            measured.
        path: Folder with ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/test.tsv``.
        name: Label in tables; the id or the folder's name when not given.
        exclude_self: Drop the candidate whose id is the query's own, as BEIR does for ArguAna and Quora.
        language: The language of its documents and queries, by which BM25 tells words: one of
            ``bench.data.first_stages.analyzers.LANGUAGES``.
        candidates: Overrides the experiment's candidates for this dataset.
        queries: Overrides the experiment's subset of queries for this dataset.
        relevant_from: The lowest grade that binary measures such as RR, R and P count as relevant. When not given, it
            is what ``bench.data.relevance`` knows of the id, or of a folder's judgments, else 1. A measure that gives
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
