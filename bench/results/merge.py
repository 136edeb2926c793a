"""Several folders of results made one: parts of an experiment that were run apart, on one machine or on many."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.common.atomic import whole_folder
from bench.common.errors import BenchError
from bench.experiment.joined_parts import union
from bench.experiment.schema import Experiment
from bench.results.cell_files import read_manifest, read_table
from bench.results.folder import RunDirectory
from bench.results.reader import read_experiment

#: What lies in a folder of results: finished cells, and journals of those under way.
_MANIFESTS = ("quality/*/*/manifest.json", "latency/*/manifest.json", "peers/*/*/manifest.json")
_JOURNALS = ("quality/*/*.partial.jsonl", "latency/*.partial.jsonl", "peers/*/*.partial.jsonl")
#: A cell that several runs measured must be the same in all of them, but for where it was measured.
_MACHINE = "machine.json"


def merge_results(out: Path, folders: Sequence[Path], whole: Experiment | None = None) -> int:
    """Write the cells of several folders of results, and the journals of unfinished ones, into a new folder.

    A cell that lies in several folders is taken from the first. It must be the same in all: the candidates of a
    dataset, for example, where each model was run apart. Of a journal, the longest is taken.

    Args:
        out: The folder to make.
        folders: The folders of results, at least one.
        whole: The experiment that they are parts of; if None, it is put together from theirs.

    Returns:
        How many finished cells there are.

    Raises:
        BenchError: ``out`` is not empty; a folder has no run, or one of another experiment; a cell was measured twice,
            on other inputs or with other results; no cell is finished; or a file cannot be read.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BenchError(f"{out}: exists already; results are merged into a new folder")
    experiment = union({str(folder): read_experiment(folder) for folder in folders}, whole)
    cells: dict[Path, Path] = {}
    for folder in folders:
        for manifest in _found(folder, _MANIFESTS):
            cell = manifest.parent
            known = cells.setdefault(cell.relative_to(folder), cell)
            if known != cell and (why := _difference(known, cell)):
                raise BenchError(f"{cell}: measured again: {why} than in {known}; leave one of the two out")
    if not cells:
        raise BenchError(f"no cell is finished in {', '.join(map(str, folders))}; run the experiment again to go on")
    journals: dict[Path, Path] = {}
    for folder in folders:
        for journal in _found(folder, _JOURNALS):
            known = journals.setdefault(journal.relative_to(folder), journal)
            if journal.stat().st_size > known.stat().st_size:
                journals[journal.relative_to(folder)] = journal
    with whole_folder(out) as partial:
        for place, cell in cells.items():
            # Results that are kept read-only are copied without that, as the merged ones may be added to.
            shutil.copytree(cell, partial / place, copy_function=shutil.copyfile)
        for place, journal in journals.items():
            (partial / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(journal, partial / place)
        RunDirectory(partial).record(experiment)
    return len(cells)


def _found(folder: Path, patterns: Iterable[str]) -> list[Path]:
    """Return the paths in a folder of results that match, without those that are being written."""
    paths = sorted(path for pattern in patterns for path in folder.glob(pattern))
    return [path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def _difference(known: Path, cell: Path) -> str:
    """Return what is different in two folders of one cell; empty where nothing is."""
    one, other = read_manifest(known), read_manifest(cell)
    if inputs := [name for name in {**one, **other} if name != "key" and one.get(name) != other.get(name)]:
        return f"other inputs ({', '.join(inputs)})"
    files = [name for name in one["files"] if name != _MACHINE and not _alike(known / name, cell / name)]
    return f"other results ({', '.join(files)})" if files else ""


def _alike(known: Path, path: Path) -> bool:
    """Tell whether two files of a cell say the same."""
    if path.suffix == ".parquet":
        # Its bytes also tell which release wrote it.
        return read_table(known).equals(read_table(path))
    return known.read_bytes() == path.read_bytes()
