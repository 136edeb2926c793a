"""What a run leaves on disk: one folder a cell, written whole or not at all, and read back by every report.

experiment.json             the experiment as it was run
quality/DATASET/ROW/        manifest.json  machine.json  run.trec  queries.parquet  timings.parquet  shown.parquet
                            sweep.parquet  sweep_timings.parquet
latency/MODEL/              manifest.json  machine.json  latency.parquet  footprint.parquet
peers/WORKLOAD/MODEL/       manifest.json  machine.json  peers.parquet  peer_timings.parquet
*.partial.jsonl             cells under way, and those whose sweep was left out
report/                     drawn from all of these, and from nothing else
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import pandas as pd

from bench.common.atomic import clear_partial, whole_file, whole_folder
from bench.common.errors import BenchError
from bench.data.runs import Candidates, write_run
from bench.experiment.schema import Experiment
from bench.provenance.machine import fingerprint
from bench.results.cell_files import read_manifest
from bench.results.cells import Cell, file_name
from bench.results.journal import Journal
from bench.results.reader import read_results
from bench.results.run_results import RunResults


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
            clear_partial(self.path)
            yield

    def record(self, experiment: Experiment) -> None:
        """Write down which experiment these are the results of; a report shows the rows that it names and no others."""
        with whole_file(self.path / "experiment.json") as partial:
            partial.write_text(experiment.model_dump_json(indent=1) + "\n", encoding="utf-8")

    def is_finished(self, cell: Cell, unknown: Collection[str] = ()) -> bool:
        """Tell whether the result of this cell, by its content hash, is here and complete, with a sweep or without.

        Args:
            cell: The cell.
            unknown: Names of inputs that are not known yet; of these, any value will do.
        """
        manifest = read_manifest(self.path / cell.place)
        cell = Cell(cell.place, {**cell.inputs, **{name: manifest.get(name) for name in unknown}})
        files = [self.path / cell.place / name for name in manifest.pop("files", [])]
        keys = manifest.pop("key", None), Cell(cell.place, manifest).without_sweep.key
        return cell.key in keys and all(path.is_file() and path.stat().st_size for path in files)

    def journal(self, cell: Cell, part: str = "") -> Journal:
        """Open the journal of an unfinished cell, or of a part of it that keeps its own."""
        path = self._place(cell).with_name(f"{self._journals(cell)}{part}.partial.jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        return Journal(path, cell.key)

    def finish(
        self, cell: Cell, *, run: Candidates | None = None, keep_journal: bool = False, **tables: pd.DataFrame
    ) -> None:
        """Write a cell's result: all of its files, or none.

        Args:
            cell: The cell.
            run: Its TREC run, for a cell of quality.
            keep_journal: Leave the journal, for a sweep that is to start from it.
            tables: Each becomes a Parquet file of its name.
        """
        place = self._place(cell)
        with whole_folder(place) as partial:
            for name, table in tables.items():
                # Opened here, as pyarrow opens no file of a name that is not UTF-8.
                with (partial / f"{name}.parquet").open("wb") as file:
                    table.to_parquet(file, index=False)
            if run is not None:
                write_run(partial / "run.trec", run, tag=file_name(place.name))
            _write_json(partial / "machine.json", fingerprint())
            files = sorted(path.name for path in partial.iterdir())
            _write_json(partial / "manifest.json", {"key": cell.key, **cell.inputs, "files": files})
        if keep_journal:
            return
        for done in (cell, cell.without_sweep):
            for journal in self._place(done).parent.glob(f"{self._journals(done)}*.partial.jsonl"):
                journal.unlink(missing_ok=True)

    def load(self) -> RunResults:
        """Read everything back.

        Raises:
            BenchError: There is no run here, or a file of it cannot be read.
        """
        return read_results(self.path)

    def _place(self, cell: Cell) -> Path:
        return self.path / cell.place

    def _journals(self, cell: Cell) -> str:
        """Return how the names of the cell's journals begin."""
        return f"{self._place(cell).name}.{cell.key[:12]}"


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
