"""An experiment as independent cells, each a pure function of inputs that its content hash names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.common.digest import digest_files, digest_of
from bench.common.errors import BenchError
from bench.common.model_config import read_model_config
from bench.data.collections.judgments import absences, unknown_queries
from bench.data.collections.opening import open_collection
from bench.data.dataset_spec import DatasetSpec
from bench.data.first_stages.candidates import idle_note, retrieve
from bench.data.relevance import relevant_from_of, threshold_remarks
from bench.data.task import Task
from bench.experiment.cold_start import ColdStartSpec
from bench.experiment.grids import LatencySpec, SweepSpec
from bench.experiment.listwise import WEIGHTS
from bench.experiment.peers import PeersSpec, WorkloadSpec
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import Experiment
from bench.measure.request import Request
from bench.provenance.machine import fingerprint, machine_id
from bench.provenance.versions import LIBRARIES, versions_of
from bench.results.cells import Cell, file_name
from bench.run.availability import model_files
from bench.run.rankers import OPTIONS
from flashrank import ModelFiles

#: What only some rows of models say; it is left out of the keys of the others.
_RARE = OPTIONS | {"random"}


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
    queries = experiment.queries_of(dataset).select(judged)
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
    place = f"quality/{file_name(task.dataset)}/{file_name(task.first_stage)}"
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
    inputs["code_versions"] = versions_of(
        "quality", _kind(files), (*_cascade(reranker), *(("sweep",) if sweep is not None else ()))
    )
    if sweep is not None:
        inputs["sweep"] = sweep.model_dump(mode="json")
    return Cell(f"quality/{file_name(task.dataset)}/{file_name(reranker.label)}", inputs)


def latency_cell(grid: LatencySpec, reranker: RerankerSpec, files: ModelFiles, threads: int) -> Cell:
    """Return the cell that times ``reranker`` on the grid."""
    return Cell(
        f"latency/{file_name(reranker.label)}",
        {
            "kind": "latency",
            "grid": grid.model_dump(mode="json"),
            "code_versions": versions_of("latency", _kind(files), _cascade(reranker)),
            **_model_inputs(reranker, files, threads),
        },
    )


def comparison_cell(
    spec: PeersSpec,
    workload: WorkloadSpec,
    requests: Sequence[Request],
    systems: Mapping[str, Any],
    reranker: RerankerSpec,
    files: ModelFiles,
    threads: int,
) -> Cell:
    """Return the cell that compares systems on a workload.

    Args:
        spec: What is compared.
        workload: One of its workloads.
        requests: The requests of the workload.
        systems: Name -> what was installed and how it is run, as JSON values, of those that can be run here.
        reranker: The model that all of them run.
        files: The model's files.
        threads: Threads of each.
    """
    return Cell(
        f"peers/{file_name(workload.label)}/{file_name(reranker.label)}",
        {
            "kind": "peers",
            **spec.comparison(workload),
            "texts": digest_of([[request.query, *request.texts] for request in requests]),
            "systems": dict(systems),
            "code_versions": versions_of("peers", _kind(files)),
            **_model_inputs(reranker, files, threads),
        },
    )


def cold_start_cell(
    spec: ColdStartSpec,
    requests: Sequence[Request],
    systems: Mapping[str, Any],
    reranker: RerankerSpec,
    files: ModelFiles,
) -> Cell:
    """Return the cell that starts systems anew; ``systems`` and the rest are as for ``comparison_cell``."""
    return Cell(
        f"cold-start/{file_name(reranker.label)}",
        {
            "kind": "cold start",
            "cold_start": spec.measured(),
            "texts": digest_of([[request.query, *request.texts] for request in requests]),
            "systems": dict(systems),
            "code_versions": versions_of("cold start", _kind(files)),
            **_model_inputs(reranker, files, max(spec.threads)),
        },
    )


def depth_and_width(files: ModelFiles) -> tuple[int, int]:
    """Return a model's layers and hidden size, from its row or its ``config.json``; 0 where neither says."""
    if files.spec is not None:
        return files.spec.layers, files.spec.hidden_size
    config = read_model_config(files.directory)
    layers = config.get("num_hidden_layers") or config.get("num_layers") or 0
    return int(layers), int(config.get("hidden_size") or config.get("d_model") or 0)


def _cascade(reranker: RerankerSpec) -> tuple[str, ...]:
    """Return the version that the results of a cascade depend on, besides those of other models."""
    return ("cascade",) if reranker.first else ()


def _digest(files: ModelFiles) -> str:
    return digest_files([files.weights, *sorted(files.directory.glob("*.json"))])


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
    rare = reranker.model_dump(mode="json", include=_RARE, exclude_none=True)
    if (first := reranker.first_model) is not None:
        rare["first_files"] = _digest(model_files(first))
    return {
        "model": reranker.label,
        **rare,
        "model_files": _digest(files),
        "layers": layers,
        "hidden_size": hidden_size,
        "size_bytes": files.weights.stat().st_size,
        "max_length": reranker.max_length,
        "threads": threads,
        "versions": {library: machine["versions"][library] for library in LIBRARIES[_kind(files)]},
        "machine": machine_id(machine),
    }
