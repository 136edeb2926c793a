"""What a run leaves on disk: one folder a cell, written whole or not at all, and read back by every report.

experiment.json             the experiment as it was run
quality/DATASET/ROW/        manifest.json  machine.json  run.trec  queries.parquet  timings.parquet
latency/MODEL/              manifest.json  machine.json  latency.parquet
*.partial.jsonl             cells under way
report/                     drawn from all of these, and from nothing else
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import pandas as pd

from bench.candidates import Candidates, write_run
from bench.config import Experiment
from bench.errors import BenchError
from bench.journal import Journal
from bench.machine import fingerprint, machine_id
from bench.plan import Cell, slug
from bench.results import ModelInfo, RunResults

_LABELS = ("dataset", "model", "threads")
_COLUMNS = {
    "quality": ["dataset", "model", "query_id", "measure", "value"],
    "timings": ["dataset", "model", "query_id", "candidates", "tokens", "truncated", "seconds"],
    "latency": ["model", "tokens", "passages", "threads", "repeat", "seconds"],
}


class RunDirectory:
    """A folder of results.

    Args:
        path: The folder; made by ``open``, not before.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def open(self) -> Iterator[None]:
        """Make the folder and keep other runs out of it while it is written to.

        Raises:
            BenchError: It cannot be written to, or another run is using it.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self.path / ".lock", timeout=0)
            lock.acquire()
        except filelock.Timeout as error:
            raise BenchError(f"{self.path}: another run is writing here; wait for it, or choose --out") from error
        except OSError as error:
            raise BenchError(f"{self.path}: cannot be written to ({error.strerror}); choose another --out") from error
        with lock:
            yield

    def record(self, experiment: Experiment) -> None:
        """Note which experiment the results are of; its reports show these rows and no others."""
        staging = self.path / ".experiment.json.new"
        staging.write_text(experiment.model_dump_json(indent=1) + "\n", encoding="utf-8")
        staging.replace(self.path / "experiment.json")

    def is_finished(self, cell: Cell) -> bool:
        """Tell whether this very cell, by its content hash, lies here whole."""
        manifest = self._manifest(cell.place)
        files = [self.path / cell.place / name for name in manifest.get("files", [])]
        return manifest.get("key") == cell.key and all(path.is_file() and path.stat().st_size for path in files)

    def journal(self, cell: Cell) -> Journal:
        """Open what was measured of an unfinished cell."""
        path = self._journal_path(cell)
        path.parent.mkdir(parents=True, exist_ok=True)
        return Journal(path, cell.key)

    def finish(self, cell: Cell, *, run: Candidates | None = None, **tables: pd.DataFrame) -> None:
        """Write a cell's result: all of its files, or none.

        Args:
            cell: The cell.
            run: Its TREC run, for a cell of quality.
            tables: Each becomes a Parquet file of its name.
        """
        final = self.path / cell.place
        staging = final.with_name(f".{final.name}.new")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        for name, table in tables.items():
            table.to_parquet(staging / f"{name}.parquet", index=False)
        if run is not None:
            write_run(staging / "run.trec", run, tag=slug(final.name))
        _write_json(staging / "machine.json", fingerprint())
        files = sorted(path.name for path in staging.iterdir())
        _write_json(staging / "manifest.json", {"key": cell.key, **cell.inputs, "files": files})
        for name in (*files, "manifest.json"):
            with (staging / name).open("rb") as file:
                os.fsync(file.fileno())
        if final.exists():
            outdated = final.with_name(f".{final.name}.old")
            shutil.rmtree(outdated, ignore_errors=True)
            final.rename(outdated)
            staging.rename(final)
            shutil.rmtree(outdated)
        else:
            staging.rename(final)
        self._journal_path(cell).unlink(missing_ok=True)

    def load(self) -> RunResults:
        """Read everything back.

        Raises:
            BenchError: There is no run here, or a file of it cannot be read.
        """
        try:
            experiment = Experiment.model_validate_json((self.path / "experiment.json").read_text(encoding="utf-8"))
        except OSError as error:
            raise BenchError(
                f"{self.path}: no run here (experiment.json is missing); see `python -m bench ls`"
            ) from error
        except ValueError as error:
            raise BenchError(f"{self.path / 'experiment.json'}: not the record of a run: {error}") from error
        found: dict[str, list[pd.DataFrame]] = {name: [] for name in _COLUMNS}
        machines: dict[str, dict[str, Any]] = {}
        models: dict[str, ModelInfo] = {}
        threads: dict[str, int] = {}
        queries: dict[str, int] = {}
        missing = []

        def read(place: str, what: str, expected: Mapping[str, Any], **tables: str) -> Mapping[str, Any]:
            manifest = self._manifest(place)
            if not manifest or any(manifest.get(name) != value for name, value in expected.items()):
                missing.append(f"{what} (what lies here was measured on something else)" if manifest else what)
                return {}
            for name, file in tables.items():
                table = _read_table(self.path / place / f"{file}.parquet")
                labels: dict[str, Any] = {key: manifest[key] for key in _LABELS if key in manifest}
                if manifest["kind"] == "first stage":
                    labels["model"] = manifest["first_stage"]
                if manifest["kind"] == "latency":
                    labels["passages"] = manifest["grid"]["passages"]
                found[name].append(table.assign(**labels)[_COLUMNS[name]])
            machine = json.loads((self.path / place / "machine.json").read_text(encoding="utf-8"))
            machines[machine_id(machine)] = machine
            if "model" in manifest:
                threads[manifest["model"]] = manifest["threads"]
                models[manifest["model"]] = ModelInfo(
                    name=manifest["model"],
                    **{key: manifest[key] for key in ("layers", "hidden_size", "size_bytes", "max_length")},
                )
            return manifest

        grid = experiment.latency.model_dump(mode="json") if experiment.latency else None
        for dataset in experiment.datasets:
            folder = f"quality/{slug(dataset.name)}"
            label = experiment.candidates_of(dataset).label
            asked: dict[str, Any] = {"measures": list(experiment.measures)}
            first_stage = read(f"{folder}/{slug(label)}", f"{dataset.name}: {label}", asked, quality="queries")
            if first_stage:
                queries[dataset.name] = found["quality"][-1]["query_id"].nunique()
                # The rows of a table are comparable only if they are about the same queries and candidates.
                asked |= {name: first_stage.get(name) for name in ("queries", "qrels", "candidates", "texts")}
            for model in experiment.models:
                place = f"{folder}/{slug(model.label)}"
                read(place, f"{dataset.name}: {model.label}", asked, quality="queries", timings="timings")
        for model in experiment.models if experiment.latency else ():
            read(f"latency/{slug(model.label)}", f"latency grid: {model.label}", {"grid": grid}, latency="latency")
        if not any(found.values()):
            raise BenchError(f"{self.path}: no cell of this run is finished yet; run it again to go on")
        if len(machines) > 1:
            missing.append(f"one machine: these results come from {len(machines)}, so compare no latencies")
        return RunResults(
            name=experiment.name,
            description=experiment.description,
            datasets=tuple(dataset.name for dataset in experiment.datasets),
            models=tuple(models[model.label] for model in experiment.models if model.label in models),
            first_stage={dataset.name: experiment.candidates_of(dataset).label for dataset in experiment.datasets},
            measures=experiment.measures,
            **{
                name: pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=_COLUMNS[name])
                for name, tables in found.items()
            },
            notes={dataset.name: dataset.note for dataset in experiment.datasets if dataset.note},
            queries=queries,
            machine={**next(iter(machines.values())), "threads": _alike(threads)},
            missing=tuple(missing),
        )

    def _manifest(self, place: str) -> dict[str, Any]:
        path = self.path / place / "manifest.json"
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise BenchError(f"{path}: damaged; delete its folder and run the experiment again") from error
        return dict(manifest)

    def _journal_path(self, cell: Cell) -> Path:
        place = self.path / cell.place
        return place.with_name(f"{place.name}.{cell.key[:12]}.partial.jsonl")


def _read_table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise BenchError(f"{path}: cannot be read; run the experiment again to measure it anew") from error


def _alike(threads: dict[str, int]) -> int | dict[str, int]:
    """Return the threads of all models as one number, where they are the same."""
    return next(iter(threads.values())) if len(set(threads.values())) == 1 else threads


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
