"""A folder of results, read back: every cell that belongs to its experiment, as one object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bench.common.errors import BenchError, one_line
from bench.data.collections.catalog import find_published
from bench.data.dataset_spec import DatasetSpec
from bench.data.first_stages.candidates import first_stage_note
from bench.data.relevance import known_collection, threshold_note
from bench.experiment.cold_start import ColdStartSpec
from bench.experiment.grids import LatencySpec
from bench.experiment.peers import PeersSpec
from bench.experiment.schema import PARTS, Experiment, Part
from bench.provenance.comparability import CellProvenance
from bench.results.cell_files import read_manifest, read_mapping, read_table
from bench.results.cells import file_name
from bench.results.run_results import COLUMNS, ModelInfo, RunResults, as_written_now

_LABELS = ("dataset", "workload", "model", "threads")
#: Tables of a reranker's cell that not every run has, by the stems of their files.
_OPTIONAL = ("sweep", "sweep_timings", "shown", "footprint")
_SHAPE = ("layers", "hidden_size", "size_bytes", "max_length")
#: Rows of a table are comparable only if they are about the same queries and candidates.
_SHARED = ("queries", "qrels", "candidates", "texts", "relevant_from")


def read_results(path: Path) -> RunResults:
    """Read everything back.

    What older runs did not write is empty: the sweep, the documents shown, memory and energy, Judged@10, the count of
    queries left out.

    Raises:
        BenchError: There is no run in ``path``, or a file of it cannot be read.
    """
    experiment = read_experiment(path)
    reader = _Reader(path, experiment)
    for dataset in experiment.datasets:
        reader.read_dataset(dataset)
    if experiment.latency is not None:
        reader.read_latency(experiment.latency)
    if experiment.peers is not None:
        reader.read_peers(experiment.peers)
    if experiment.cold_start is not None:
        reader.read_cold_starts(experiment.cold_start)
    if not any(reader.tables.values()):
        raise BenchError(f"{path}: no cell of this run is finished yet; run it again to go on")
    return reader.results()


class _Reader:
    """Reads the cells of a run, one after the other, and keeps what they say."""

    def __init__(self, path: Path, experiment: Experiment) -> None:
        self.path = path
        self.experiment = experiment
        self.tables: dict[str, list[pd.DataFrame]] = {name: [] for name in COLUMNS}
        self.machines: list[dict[str, Any]] = []
        self.provenance: list[CellProvenance] = []
        self.models: dict[str, ModelInfo] = {}
        self.threads: dict[str, int] = {}
        self.queries: dict[str, int] = {}
        self.unjudged: dict[str, int] = {}
        self.datasets: set[str] = set()
        self.remarks: dict[str, list[str]] = {}
        self.relevant_from: dict[str, int] = {}
        self.missing: list[str] = []
        self.left_out: set[Part] = set()

    def read_dataset(self, dataset: DatasetSpec) -> None:
        """Read the first stage of a dataset, and the rerankers that reranked the same candidates."""
        folder, label = f"quality/{file_name(dataset.name)}", self.experiment.candidates_of(dataset).label
        expected: dict[str, Any] = {"measures": list(self.experiment.measures)}
        if dataset.relevant_from is not None:
            # A cell leaves out a 1.
            expected["relevant_from"] = dataset.relevant_from if dataset.relevant_from != 1 else None
        what, tables = f"{dataset.name}: {label}", {"quality": "queries"}
        first_stage = self.read_cell("quality", f"{folder}/{file_name(label)}", what, expected, tables)
        if first_stage:
            self.relevant_from[dataset.name] = first_stage.get("relevant_from", 1)
            self.queries[dataset.name] = self.tables["quality"][-1]["query_id"].nunique()
            self.remarks[dataset.name] = first_stage.get("remarks", [])
            self.unjudged |= {dataset.name: first_stage["unjudged"]} if "unjudged" in first_stage else {}
            expected |= {name: first_stage.get(name) for name in _SHARED}
        tables = {"quality": "queries", "timings": "timings"}
        sweep = self.experiment.sweep and self.experiment.sweep.model_dump(mode="json")
        for model in self.experiment.models:
            what = f"{dataset.name}: {model.label}"
            found = self.read_cell("quality", f"{folder}/{file_name(model.label)}", what, expected, tables, _OPTIONAL)
            if found and sweep and found.get("sweep") != sweep:
                self.note_absent("sweep", f"{what}: the sweep of this experiment")

    def read_latency(self, grid: LatencySpec) -> None:
        """Read the latency grid of every model."""
        expected, tables = {"grid": grid.model_dump(mode="json")}, {"latency": "latency"}
        for model in self.experiment.models:
            place, what = f"latency/{file_name(model.label)}", f"latency grid: {model.label}"
            self.read_cell("latency", place, what, expected, tables, _OPTIONAL)

    def read_peers(self, spec: PeersSpec) -> None:
        """Read every workload's comparison of systems, with every model."""
        tables = {"peers": "peers", "peer_timings": "peer_timings"}
        for model in self.experiment.models:
            for workload in self.experiment.workloads_of(model):
                what = f"side by side: {workload.label}: {model.label}"
                place = f"peers/{file_name(workload.label)}/{file_name(model.label)}"
                self.read_cell("peers", place, what, spec.comparison(workload), tables)

    def read_cold_starts(self, spec: ColdStartSpec) -> None:
        """Read the cold starts of every model."""
        for model in self.experiment.models:
            tables = {"cold_starts": "cold_starts"}
            place, what = f"cold-start/{file_name(model.label)}", f"cold start: {model.label}"
            self.read_cell("cold_start", place, what, {"cold_start": spec.measured()}, tables)

    def read_cell(
        self,
        part: Part,
        place: str,
        what: str,
        expected: Mapping[str, Any],
        tables: Mapping[str, str],
        optional: Iterable[str] = (),
    ) -> dict[str, Any]:
        """Read a cell and return its manifest; return nothing, and note that it is missing, if it is another.

        Args:
            part: The part of the experiment that it belongs to.
            place: The cell's folder.
            what: What to call it.
            expected: What its manifest must say.
            tables: Table -> stem of its Parquet file.
            optional: Tables that not every cell has, in files of the same names.
        """
        manifest = read_manifest(self.path / place)
        if not manifest or any(manifest.get(name) != value for name, value in expected.items()):
            self.note_absent(part, f"{what} (what lies here was measured on something else)" if manifest else what)
            return {}
        labels = {name: manifest[name] for name in _LABELS if name in manifest}
        if manifest["kind"] == "first stage":
            labels["model"] = manifest["first_stage"]
        if manifest["kind"] == "latency":
            labels["passages"] = manifest["grid"]["passages"]
        there = {name: name for name in optional if (self.path / place / f"{name}.parquet").is_file()}
        for name, stem in {**tables, **there}.items():
            table = read_table(self.path / place / f"{stem}.parquet")
            # A grid of several settings says in each row which it is.
            table = table.assign(**{label: value for label, value in labels.items() if label not in table})
            self.tables[name].append(as_written_now(table[list(COLUMNS[name])]))
        self.datasets |= {labels["dataset"]} if "dataset" in labels else set()
        machine = read_mapping(self.path / place / "machine.json")
        if not machine:
            raise BenchError(
                f"{self.path / place}: machine.json is missing; run the experiment again to measure it anew"
            )
        self.machines.append(machine)
        self.provenance.append(CellProvenance.read(what, manifest, machine))
        if "model" in manifest:
            self.threads[manifest["model"]] = manifest["threads"]
            self.models[manifest["model"]] = ModelInfo(manifest["model"], **{key: manifest[key] for key in _SHAPE})
        return manifest

    def note_absent(self, part: Part, what: str) -> None:
        """Note that something is not here: as missing if the run was to measure it, as left out if not."""
        if part in self.experiment.parts:
            self.missing.append(what)
        else:
            self.left_out.add(part)

    def results(self) -> RunResults:
        """Return all that was read."""
        experiment = self.experiment
        if "quality" in self.left_out:
            datasets = tuple(dataset for dataset in experiment.datasets if dataset.name in self.datasets)
            experiment = experiment.model_copy(update={"datasets": datasets})
        return RunResults(
            name=experiment.name,
            description=experiment.description,
            datasets=tuple(dataset.name for dataset in experiment.datasets),
            models=tuple(self.models[model.label] for model in experiment.models if model.label in self.models),
            first_stage={dataset.name: experiment.candidates_of(dataset).label for dataset in experiment.datasets},
            measures=experiment.measures,
            quality=self.table("quality"),
            timings=self.table("timings"),
            latency=self.table("latency"),
            notes={dataset.name: note for dataset in experiment.datasets if (note := self.note(dataset))},
            queries=self.queries,
            machine=self.machine(),
            missing=tuple(self.missing),
            left_out=tuple(part for part in PARTS if part in self.left_out),
            sweep=self.table("sweep"),
            sweep_timings=self.table("sweep_timings"),
            shown=self.table("shown"),
            footprint=self.table("footprint"),
            peers=self.table("peers"),
            peer_timings=self.table("peer_timings"),
            cold_starts=self.table("cold_starts"),
            cold_start=experiment.cold_start,
            unjudged=self.unjudged,
            provenance=tuple(self.provenance),
            relevant_from=self.relevant_from,
        )

    def note(self, dataset: DatasetSpec) -> str:
        """Return what is to be said beside a dataset's numbers: caveats, BM25's language, threshold and misfits."""
        published = find_published(dataset.collection).note if dataset.collection is not None else ""
        language = first_stage_note(self.experiment.candidates_of(dataset), dataset)
        relevant_from = self.relevant_from.get(dataset.name, 1)
        threshold = threshold_note(self.experiment.measures, relevant_from, known_collection(dataset))
        remarks = self.remarks.get(dataset.name, [])
        return "; ".join(filter(None, (dataset.note, published, language, threshold, *remarks)))

    def machine(self) -> dict[str, Any]:
        """Return the first cell's machine; a commit only if all cells have one, threads by model where they differ."""
        commits, threads = {machine.get("commit") for machine in self.machines}, set(self.threads.values())
        return {
            **self.machines[0],
            "commit": commits.pop() if len(commits) == 1 else None,
            "threads": threads.pop() if len(threads) == 1 else self.threads,
        }

    def table(self, name: str) -> pd.DataFrame:
        """Return all rows of one table."""
        found = [table for table in self.tables[name] if not table.empty]
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS[name]))


def read_experiment(path: Path) -> Experiment:
    """Return the experiment that the results in ``path`` are of.

    Raises:
        BenchError: There is no run, or its record cannot be read.
    """
    try:
        return Experiment.model_validate_json((path / "experiment.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise BenchError(f"{path}: no run here (experiment.json is missing); see `python -m bench ls`") from error
    except ValueError as error:
        raise BenchError(f"{path / 'experiment.json'}: not the record of a run: {one_line(error)}") from error
