"""An experiment as independent cells, each a pure function of inputs that its content hash names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.candidates import Candidates, idle_note, retrieve
from bench.collections import absences, open_collection, unknown_queries
from bench.config import Experiment
from bench.digest import digest_files, digest_of
from bench.errors import BenchError
from bench.listwise import WEIGHTS
from bench.machine import fingerprint, machine_id
from bench.relevance import relevant_from_of, threshold_remarks
from bench.specs import DatasetSpec, LatencySpec, RerankerSpec, SweepSpec
from bench.versions import LIBRARIES, versions_of
from flashrank.json_file import read_json
from flashrank.store import ModelFiles


@dataclass(frozen=True)
class Task:
    """What is reranked on one dataset: the chosen queries with their judgments, candidates and texts.

    Attributes:
        dataset: The dataset's label.
        first_stage: Label of where the candidates come from.
        queries: Query id -> text.
        qrels: Query id -> document id -> relevance, of these queries only.
        candidates: Query id -> (document id, first-stage score), best first.
        texts: Document id -> title and text, of the candidates only.
        unjudged: Queries of the dataset that are left out because nothing is judged for them.
        remarks: What does not fit in its queries, judgments, documents and candidates, a line each.
        relevant_from: The lowest grade that is relevant to binary measures.
    """

    dataset: str
    first_stage: str
    queries: dict[str, str]
    qrels: dict[str, dict[str, int]]
    candidates: Candidates
    texts: dict[str, str]
    unjudged: int = 0
    remarks: tuple[str, ...] = ()
    relevant_from: int = 1


@dataclass(frozen=True)
class Cell:
    """One measurement: where its result lies in the folder of results, and what it is a function of.

    Attributes:
        place: Folder, relative to the folder of results.
        inputs: Everything that the result depends on, as JSON values; large inputs as their digests.
    """

    place: str
    inputs: dict[str, Any]

    @property
    def key(self) -> str:
        """The content hash."""
        return digest_of(self.inputs)

    @property
    def without_sweep(self) -> Cell:
        """The same measurement without the sweep that starts from it."""
        inputs = {name: value for name, value in self.inputs.items() if name != "sweep"}
        if "code_versions" in inputs:
            versions = inputs["code_versions"].items()
            inputs["code_versions"] = {name: version for name, version in versions if name != "sweep"}
        return Cell(self.place, inputs)


def load_task(experiment: Experiment, dataset: DatasetSpec, cache_dir: Path) -> Task:
    """Read a dataset and retrieve its candidates.

    Args:
        experiment: Says which candidates and how many queries.
        dataset: One of its datasets.
        cache_dir: Where BM25 indices are kept.

    Raises:
        BenchError: The dataset or its candidates cannot be had, none of its queries has judgments, none of its relevant
            judged documents is in the collection, or ``relevant_from_of`` raises it.
    """
    spec = experiment.candidates_of(dataset)
    collection = open_collection(dataset)
    qrels = collection.qrels()
    texts = collection.queries()
    judged = {query_id: text for query_id, text in texts.items() if qrels.get(query_id)}
    if not judged:
        raise BenchError(f"{dataset.name}: no query has judgments, so there is nothing to measure")
    relevant_from = relevant_from_of(dataset, qrels, experiment.measures)
    queries = experiment.queries_of(dataset).of(judged)
    candidates = retrieve(
        collection,
        spec,
        queries,
        exclude_self=dataset.exclude_self,
        cache_dir=cache_dir,
        language=dataset.language,
    )
    return Task(
        dataset=dataset.name,
        first_stage=spec.label,
        queries=queries,
        qrels={query_id: qrels[query_id] for query_id in queries},
        candidates=candidates,
        texts=collection.texts(dict.fromkeys(doc_id for ranked in candidates.values() for doc_id, _ in ranked)),
        unjudged=collection.unjudged(),
        remarks=(
            *unknown_queries(qrels, texts),
            *absences(collection, qrels, queries, relevant_from),
            *collection.remarks(),
            *threshold_remarks(experiment.measures, dataset, qrels),
            *idle_note(candidates),
        ),
        relevant_from=relevant_from,
    )


def first_stage_cell(task: Task, measures: Iterable[str]) -> Cell:
    """Return the cell that measures the candidates themselves."""
    place = f"quality/{slug(task.dataset)}/{slug(task.first_stage)}"
    inputs = {"kind": "first stage", **_task_inputs(task, measures), "code_versions": versions_of("first stage")}
    remarks = {"remarks": list(task.remarks)} if task.remarks else {}
    return Cell(place, {**inputs, "unjudged": task.unjudged, **remarks})


def quality_cell(
    task: Task,
    measures: Iterable[str],
    reranker: RerankerSpec,
    files: ModelFiles,
    threads: int,
    sweep: SweepSpec | None = None,
) -> Cell:
    """Return the cell in which ``reranker`` reranks the candidates of ``task``.

    Raises:
        BenchError: Its weights are random, so that its ranking means nothing.
    """
    if reranker.random is not None:
        raise BenchError(f"{reranker.label}: random weights have no quality; measure only their latency")
    inputs = {"kind": "quality", **_task_inputs(task, measures), **_model_inputs(reranker, files, threads)}
    inputs["code_versions"] = versions_of("quality", _kind(files), ("sweep",) if sweep is not None else ())
    if sweep is not None:
        inputs["sweep"] = sweep.model_dump(mode="json")
    return Cell(f"quality/{slug(task.dataset)}/{slug(reranker.label)}", inputs)


def latency_cell(grid: LatencySpec, reranker: RerankerSpec, files: ModelFiles, threads: int) -> Cell:
    """Return the cell that times ``reranker`` on the grid."""
    return Cell(
        f"latency/{slug(reranker.label)}",
        {
            "kind": "latency",
            "grid": grid.model_dump(mode="json"),
            "code_versions": versions_of("latency", _kind(files)),
            **_model_inputs(reranker, files, threads),
        },
    )


def slug(label: str) -> str:
    """Return ``label`` as a file name, distinct labels staying distinct."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", label).strip("-.")
    return name if name == label else f"{name}-{digest_of(label)[:6]}"


def depth_and_width(files: ModelFiles) -> tuple[int, int]:
    """Return a model's layers and hidden size, from its row or its ``config.json``; 0 where neither says."""
    if files.spec is not None:
        return files.spec.layers, files.spec.hidden_size
    config = read_json(files.directory / "config.json")
    layers = config.get("num_hidden_layers") or config.get("num_layers") or 0
    return int(layers), int(config.get("hidden_size") or config.get("d_model") or 0)


def _kind(files: ModelFiles) -> str:
    return "listwise" if files.weights.suffix == WEIGHTS else "cross-encoder"


def _task_inputs(task: Task, measures: Iterable[str]) -> dict[str, Any]:
    return {
        "dataset": task.dataset,
        "first_stage": task.first_stage,
        "queries": digest_of(task.queries),
        "qrels": digest_of(task.qrels),
        "candidates": digest_of(task.candidates),
        "texts": digest_of(task.texts),
        "measures": list(measures),
        # Left out where it is 1, as it is of what was measured before there was a choice.
        **({"relevant_from": task.relevant_from} if task.relevant_from != 1 else {}),
        "ir_measures": fingerprint()["versions"]["ir_measures"],
    }


def _model_inputs(reranker: RerankerSpec, files: ModelFiles, threads: int) -> dict[str, Any]:
    machine = fingerprint()
    layers, hidden_size = depth_and_width(files)
    # What only some rows have is left out of the others' keys.
    rare = reranker.model_dump(mode="json", include={"random", "revision", "file", "template"}, exclude_none=True)
    return {
        "model": reranker.label,
        **rare,
        "model_files": digest_files([files.weights, *sorted(files.directory.glob("*.json"))]),
        "layers": layers,
        "hidden_size": hidden_size,
        "size_bytes": files.weights.stat().st_size,
        "max_length": reranker.max_length,
        "threads": threads,
        "versions": {library: machine["versions"][library] for library in LIBRARIES[_kind(files)]},
        "machine": machine_id(machine),
    }
