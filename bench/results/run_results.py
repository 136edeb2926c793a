"""The results of an experiment, as they are read from its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from bench.experiment.cold_start import ColdStartSpec
    from bench.provenance.comparability import CellProvenance

#: The share of the first ten documents that are judged. It is measured beside whatever an experiment asks for.
JUDGED = "Judged@10"

#: Columns of the tables that not every run has.
SWEEP = ("dataset", "model", "query_id", "depth", "max_length", "measure", "value")
SWEEP_TIMINGS = ("dataset", "model", "query_id", "depth", "max_length", "tokens", "threads", "repeat", "seconds")
PEERS = (
    "workload",
    "model",
    "system",
    "label",
    "installed",
    "left_out",
    "problem",
    "requests",
    "peak_bytes",
    "mean_difference",
    "largest_difference",
    "tau",
)
PEER_TIMINGS = ("workload", "model", "system", "round", "request", "passages", "tokens", "threads", "seconds")
COLD_STARTS = (
    *("model", "system", "label", "installed", "left_out", "problem"),
    *("threads", "passages", "round", "cold_seconds", "warm_seconds", "peak_bytes"),
)
FOOTPRINT = ("model", "tokens", "passages", "threads", "requests", "peak_bytes", "joules")
SHOWN = ("dataset", "model", "query_id", "query", "doc_id", "text", "relevance", "before", "after", "score")
#: Columns of every table, by the names that ``RunResults`` has for them.
COLUMNS: dict[str, tuple[str, ...]] = {
    "quality": ("dataset", "model", "query_id", "measure", "value"),
    "timings": ("dataset", "model", "query_id", "candidates", "tokens", "truncated", "seconds"),
    "latency": ("model", "tokens", "passages", "threads", "repeat", "seconds"),
    "footprint": FOOTPRINT,
    "sweep": SWEEP,
    "sweep_timings": SWEEP_TIMINGS,
    "shown": SHOWN,
    "peers": PEERS,
    "peer_timings": PEER_TIMINGS,
    "cold_starts": COLD_STARTS,
}


@dataclass(frozen=True)
class ModelInfo:
    """What a report says about a reranker beside its measurements.

    Attributes:
        name: Label of the model's rows and lines.
        layers: Transformer layers that a pair passes through: the model's depth.
        hidden_size: Width of a token's representation.
        size_bytes: Size of the model's ONNX file.
        max_length: Most tokens a pair may have, special tokens included.
    """

    name: str
    layers: int
    hidden_size: int
    size_bytes: int
    max_length: int


@dataclass(frozen=True)
class RunResults:
    """All that reports and gates need to know of an experiment, every number of it read from files.

    Attributes:
        name: The experiment's name.
        description: What the experiment is for, in the words of its file.
        datasets: Dataset labels, in the experiment's order.
        models: The rerankers, in the experiment's order; first stages are not among them.
        first_stage: Dataset label -> row label of its first stage, such as ``"BM25"``.
        measures: Measures as ir-measures prints them, the primary one first.
        quality: One row a dataset, model (or first stage), query and measure: columns ``dataset``, ``model``,
            ``query_id``, ``measure``, ``value``. Judged@10 is always among the measures here.
        timings: One row a dataset, model and query, seen while measuring quality: columns ``dataset``, ``model``,
            ``query_id``, ``candidates`` (int), ``tokens`` (int, over all pairs of the query), ``truncated`` (int, pairs
            that were cut to fit), ``seconds`` (float).
        latency: One row a request of the latency measurement: columns ``model``, ``tokens`` (int, per pair),
            ``passages`` (int, per request), ``threads`` (int), ``repeat`` (int), ``seconds`` (float, per request).
        footprint: What the largest request of the latency measurement took, in a process of its own, a row a model:
            columns ``model``, ``tokens``, ``passages``, ``threads``, ``requests`` (int, answered one after the other),
            ``peak_bytes`` (int, resident memory of the process), ``joules`` (float per request; NaN where the machine
            does not tell).
        notes: Dataset label -> caveat to print beside its numbers.
        queries: Dataset label -> queries measured.
        machine: Fingerprint of the machine and of the software: cpu, cores, isa, memory_bytes, os, versions,
            threads, commit (None where the cells have several).
        missing: Cells planned but not finished, one line each.
        left_out: Parts of the experiment that the run left out and that are not here: ``quality``, ``sweep``,
            ``latency``, ``peers``, ``cold_start``.
        sweep: The measures at other depths and lengths: columns ``dataset``, ``model``, ``query_id``, ``depth``
            (int, candidates reranked), ``max_length`` (int), ``measure``, ``value``.
        sweep_timings: Timed requests at those: columns ``dataset``, ``model``, ``query_id``, ``depth``,
            ``max_length``, ``tokens`` (int, over the request's pairs), ``threads`` (int), ``repeat`` (int),
            ``seconds`` (float).
        shown: The documents that a person compares, one row a dataset, model, query and document in the top 10
            before or after reranking: columns ``dataset``, ``model``, ``query_id``, ``query``, ``doc_id``, ``text``,
            ``relevance`` (Int64, NA where not judged), ``before`` and ``after`` (int, ranks from 1), ``score``.
        unjudged: Dataset label -> queries left out because nothing is judged for them.
        relevant_from: Dataset label -> the lowest grade that binary measures counted as relevant.
        peers: The systems that were compared, one row a workload, model and system, in the experiment's order: columns
            ``workload``, ``model``, ``system``, ``label``, ``installed`` (what it is, such as ``flashrank==0.2.10``),
            ``left_out`` (why it could not be run here; empty where it could), ``problem`` (why it could not answer;
            empty where it could), ``requests`` (int, those
            answered), ``peak_bytes`` (float), ``mean_difference`` and ``largest_difference`` (of a logit from float32)
            and ``tau`` (Kendall's, against float32); NaN where there is nothing.
        peer_timings: Their answers, one row a workload, model, system and round: columns ``workload``, ``model``,
            ``system``, ``round`` (int), ``request`` (int), ``passages`` (int), ``tokens`` (int, over the request's
            pairs), ``threads`` (int), ``seconds`` (float).
        cold_starts: Processes of systems from their start to their end, one row a model and process, in the
            experiment's order of systems: columns ``model``, ``system``, ``label``, ``installed``, ``left_out`` and
            ``problem`` as of ``peers``, ``threads``, ``passages`` and ``round`` (int), ``cold_seconds`` (float, from
            its start to its first scores), ``warm_seconds`` (float, of a later answer) and ``peak_bytes`` (int). A
            system of which none was measured has one row, with NaN.
        cold_start: What those are of, and the price that they are reckoned with; None where none were measured.
        provenance: Where every cell's numbers come from, in the order in which they are read.
    """

    name: str
    description: str
    datasets: tuple[str, ...]
    models: tuple[ModelInfo, ...]
    first_stage: dict[str, str]
    measures: tuple[str, ...]
    quality: pd.DataFrame
    timings: pd.DataFrame
    latency: pd.DataFrame
    notes: dict[str, str]
    queries: dict[str, int]
    machine: dict[str, Any]
    missing: tuple[str, ...]
    sweep: pd.DataFrame = field(default_factory=lambda: _empty(SWEEP))
    sweep_timings: pd.DataFrame = field(default_factory=lambda: _empty(SWEEP_TIMINGS))
    shown: pd.DataFrame = field(default_factory=lambda: _empty(SHOWN))
    unjudged: dict[str, int] = field(default_factory=dict)
    relevant_from: dict[str, int] = field(default_factory=dict)
    footprint: pd.DataFrame = field(default_factory=lambda: _empty(FOOTPRINT))
    left_out: tuple[str, ...] = ()
    peers: pd.DataFrame = field(default_factory=lambda: _empty(PEERS))
    peer_timings: pd.DataFrame = field(default_factory=lambda: _empty(PEER_TIMINGS))
    cold_starts: pd.DataFrame = field(default_factory=lambda: _empty(COLD_STARTS))
    cold_start: ColdStartSpec | None = None
    provenance: tuple[CellProvenance, ...] = ()


def as_written_now(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of an older run as it is written now: documents that were not judged had grade -1."""
    if "relevance" in table and table["relevance"].dtype == "int64":
        grades = table["relevance"].astype("Int64")
        return table.assign(relevance=grades.mask(grades == -1))
    return table


def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns=list(columns))
