"""The experiment: what it may say, and what is wrong with it before any work starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bench.common.errors import BenchError
from bench.common.strict import Strict
from bench.data.dataset_spec import CandidatesSpec, DatasetSpec, QuerySubset
from bench.data.relevance import lowest_relevant, uncomputable
from bench.experiment.cold_start import ColdStartSpec
from bench.experiment.gate_limits import GateSpec
from bench.experiment.grids import LatencySpec, SweepSpec, tenth
from bench.experiment.measures import canonical_measure
from bench.experiment.peers import PeersSpec, WorkloadSpec
from bench.experiment.reranker import RerankerSpec

Part = Literal["quality", "sweep", "latency", "peers", "cold_start"]
PARTS: tuple[Part, ...] = get_args(Part)

#: What a row of a model may say that is for ``Ranker`` alone.
_OURS = ("file", "template", "graph", "first")


def _as_tuple(value: Any) -> Any:
    return () if value is None else value


class Experiment(Strict):
    """A whole experiment: datasets times rerankers, a latency grid, and systems side by side.

    Attributes:
        name: Names the folder of results; the file's stem when not given.
        description: Printed at the head of the report.
        datasets: The test collections; none for an experiment that measures no quality.
        candidates: Where passages to rerank come from, unless a dataset says otherwise.
        models: The rerankers.
        measures: ir-measures expressions; the first is the one charts show.
        queries: The subset of queries used of each dataset.
        sweep: Other depths and lengths at which the rerankers are measured; none when not given.
        latency: The latency grid; none when not given.
        peers: The systems that are compared on the experiment's models; none when not given.
        cold_start: The systems whose cold starts are measured on the experiment's models; none when not given.
        parts: What of all this is measured: everything when not given. A sweep starts from the scores of the quality
            measurement, so that is measured with it.
        gate: What counts as a loss or a slowdown when results are judged against others.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    description: str = ""
    datasets: Annotated[tuple[DatasetSpec, ...], BeforeValidator(_as_tuple)] = ()
    candidates: CandidatesSpec = CandidatesSpec()
    models: Annotated[tuple[RerankerSpec, ...], BeforeValidator(_as_tuple)] = ()
    measures: Annotated[tuple[str, ...], Field(min_length=1)] = ("nDCG@10", "RR@10", "R@100", "P@10")
    queries: QuerySubset = QuerySubset()
    sweep: SweepSpec | None = None
    latency: LatencySpec | None = None
    peers: PeersSpec | None = None
    cold_start: ColdStartSpec | None = None
    parts: Annotated[tuple[Part, ...], Field(min_length=1)] = PARTS
    gate: GateSpec = GateSpec()

    @field_validator("measures")
    @classmethod
    def _known_measures(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(canonical_measure(expression) for expression in value)

    @field_validator("parts")
    @classmethod
    def _with_what_they_need(cls, value: tuple[Part, ...]) -> tuple[Part, ...]:
        return _ordered(value)

    @model_validator(mode="after")
    def _something_to_do(self) -> Self:
        timed = {"latency": self.latency, "peers": self.peers, "cold_start": self.cold_start}
        if not self.datasets and not any(timed.values()):
            raise ValueError("nothing to measure: give `datasets`, `latency`, `peers` or `cold_start`")
        for key in timed:
            if getattr(self, key) is not None and not self.models:
                raise ValueError(f"`{key}` needs `models`")
        told = [(model.label, key) for model in self.models for key in _OURS if getattr(model, key) is not None]
        compared = next((part for part in ("peers", "cold_start") if timed[part] is not None), None)
        if compared and told:
            label, key = told[0]
            raise ValueError(
                f"`{compared}` gives every system the directory of {label}, and other systems have no `{key}`: "
                "leave it out"
            )
        if self.datasets and (row := next((row for row in self.models if row.random or row.or_random), None)):
            raise ValueError(
                f"`datasets` asks for the quality of {row.label}, and random weights have none: leave out its `random` "
                "or `or_random`, or give it to an experiment of latency alone"
            )
        if self.sweep is not None and not (self.datasets and self.models):
            raise ValueError("`sweep` needs `datasets` and `models`")
        for what, labels in (
            ("datasets", [dataset.name for dataset in self.datasets]),
            ("models", [model.label for model in self.models]),
            ("measures", list(self.measures)),
        ):
            # Results lie in folders of these names, and not every file system tells cases apart.
            folded = [label.casefold() for label in labels]
            twice = sorted({label for label in labels if folded.count(label.casefold()) > 1})
            if twice:
                raise ValueError(f"`{what}` names {twice[0]} twice: give each a label of its own")
        first_stages = {self.candidates_of(dataset).label for dataset in self.datasets}
        if clash := sorted(first_stages & {model.label for model in self.models}):
            raise ValueError(f"a model and a first stage are both called {clash[0]}: give one another label")
        return self

    @model_validator(mode="after")
    def _computable_at_thresholds(self) -> Self:
        for dataset in self.datasets:
            if wrong := uncomputable(self.measures, lowest_relevant(dataset), dataset.name):
                raise ValueError(wrong)
        return self

    def select(
        self,
        *,
        datasets: Sequence[str] = (),
        models: Sequence[str] = (),
        limit: int | None = None,
        parts: Sequence[Part] = (),
    ) -> Experiment:
        """Return this experiment narrowed to some datasets, some models, some parts and fewer queries.

        Args:
            datasets: Names of the datasets to keep; all when empty.
            models: Names of the models to keep; all when empty.
            limit: Most queries of each dataset. What is timed shrinks with it, and the description says to what.
            parts: What to measure; what the experiment says when empty.

        Raises:
            BenchError: A name that is none of the experiment's, or a part that it does not have.
        """
        chosen: dict[str, Any] = {}
        if datasets:
            chosen["datasets"] = _pick("dataset", self.datasets, [d.name for d in self.datasets], datasets)
        if models:
            chosen["models"] = _pick("model", self.models, [m.label for m in self.models], models)
        if parts:
            keys = {"quality": "datasets"}
            given = {part: getattr(self, keys.get(part, part)) for part in PARTS}
            if lacking := [part for part in parts if not given[part]]:
                has = ", ".join(part for part in PARTS if given[part])
                raise BenchError(f"the experiment has no {lacking[0]} to measure; it has: {has}")
            chosen["parts"] = _ordered(parts)
        if limit is not None:
            chosen["sweep"] = self.sweep and self.sweep.limited(limit)
            chosen["latency"] = self.latency and self.latency.limited(limit)
            chosen["peers"] = self.peers and self.peers.limited(limit)
            chosen["cold_start"] = self.cold_start and self.cold_start.limited(limit)
            chosen["description"] = f"{self.description.strip()} {_limited(limit)}".strip()
            chosen["queries"] = self.queries.limited(limit)
            chosen["datasets"] = tuple(
                row.model_copy(update={"queries": row.queries and row.queries.limited(limit)})
                for row in chosen.get("datasets", self.datasets)
            )
        return self.model_copy(update=chosen)

    def planned(self) -> Experiment:
        """Return this experiment without what its parts leave out."""
        return self.model_copy(
            update={
                "datasets": self.datasets if "quality" in self.parts else (),
                "sweep": self.sweep if "sweep" in self.parts else None,
                "latency": self.latency if "latency" in self.parts else None,
                "peers": self.peers if "peers" in self.parts else None,
                "cold_start": self.cold_start if "cold_start" in self.parts else None,
            }
        )

    @property
    def systems(self) -> tuple[str, ...]:
        """Names of all systems that are measured, each once."""
        found = [spec.systems for spec in (self.peers, self.cold_start) if spec is not None]
        return tuple(dict.fromkeys(name for names in found for name in names))

    def candidates_of(self, dataset: DatasetSpec) -> CandidatesSpec:
        """Return the candidate source that applies to ``dataset``."""
        return dataset.candidates or self.candidates

    def dataset_of(self, workload: WorkloadSpec) -> DatasetSpec | None:
        """Return a workload's dataset with as many queries and candidates as it asks; None for a mix of lengths.

        Queries whose candidates are read, not searched for, all stay: some may have as many as asked, and others not.
        """
        if workload.dataset is None or self.peers is None:
            return None
        queries, candidates = self.queries_of(workload.dataset), self.candidates_of(workload.dataset)
        if candidates.source == "bm25":
            queries = queries.limited(self.peers.narrowed(workload).requests)
        return workload.dataset.model_copy(
            update={
                "queries": queries,
                "candidates": candidates.model_copy(update={"depth": max(candidates.depth, workload.passages)}),
            }
        )

    def workloads_of(self, reranker: RerankerSpec) -> tuple[WorkloadSpec, ...]:
        """Return the workloads on which systems are compared with a model."""
        workloads = self.peers.workloads if self.peers is not None else ()
        return tuple(one for one in workloads if one.models is None or reranker.identifiers & set(one.models))

    def queries_of(self, dataset: DatasetSpec) -> QuerySubset:
        """Return the subset of queries that applies to ``dataset``."""
        return dataset.queries or self.queries


def _ordered(parts: Sequence[Part]) -> tuple[Part, ...]:
    needed = {*parts, "quality"} if "sweep" in parts else set(parts)
    return tuple(part for part in PARTS if part in needed)


def _limited(limit: int) -> str:
    return (
        f"This is a trial (--limit {limit}): at most {limit} queries of each dataset; {tenth(limit)} timed queries and "
        f"repeats in the sweep; {limit} repeats of each latency setting, in {limit} s; {limit} rounds of each "
        f"comparison of systems, in {limit} s; {limit} cold starts of each."
    )


def _pick(
    what: str, rows: Sequence[DatasetSpec] | Sequence[RerankerSpec], labels: list[str], wanted: Sequence[str]
) -> tuple[Any, ...]:
    for name in wanted:
        if not any(name in row.identifiers for row in rows):
            raise BenchError(f"the experiment has no {what} {name!r}; it has: {', '.join(labels)}")
    return tuple(row for row in rows if row.identifiers & set(wanted))
