"""The inputs of a run on another machine, in parcels: folders of which each is small enough to be sent."""

from __future__ import annotations

import gzip
import json
import lzma
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from bench.distill.arrays.labels import Labels, load_labels, save_labels
from bench.distill.arrays.pack import (
    CANDIDATES,
    MORE_QUERIES,
    MORE_SOURCES,
    PASSAGES,
    QUERIES,
    SOURCES,
    find,
    read_pack,
)
from bench.distill.queries import normal
from bench.errors import BenchError

LABELS, TEST = "labels.npz", "labels-test.npz"
TEACHER, TEACHER_TOKENIZER, TEACHER_CONFIG = "teacher.onnx", "teacher.tokenizer.json", "teacher.config.json"
_TEST_FOLDER = "labels-test"


def make_parcels(
    folder: Path, labels: Sequence[Path], teacher: str | Path, most: int, out: Path, say: Callable[[str], None]
) -> None:
    """Write into folders ``1``, ``2``, ... of ``out`` all that ``timed.run`` reads; each holds ``most`` bytes or less.

    The labels in ``folder`` and below and those in the files ``labels`` become one file, those below ``labels-test`` in
    ``folder`` another. Queries that only labels have get numbers after the pack's.

    Args:
        folder: The pack, with its labels.
        labels: More labels: files ``.npz`` and journals.
        teacher: The teacher's directory or name.
        most: Bytes of a parcel.
        out: Where the parcels go; what is there from before is replaced.
        say: Prints a line.

    Raises:
        BenchError: The pack is damaged, or a file alone is too large.
    """
    from flashrank.store import resolve_model  # which is not where a run only reads parcels

    pack = read_pack(folder)
    staging = out / "all"
    for old in (staging, *out.glob("[0-9]*")):
        shutil.rmtree(old, ignore_errors=True)
    staging.mkdir(parents=True)
    more: dict[str, tuple[int, str, str]] = {}
    numbers = {normal(text): i for i, text in reversed(list(enumerate(pack.queries)))}
    passages = {text: i for i, text in enumerate(pack.passages)}
    of_text: dict[bool, list[Labels]] = {False: [], True: []}
    for path in sorted(folder.rglob("*.jsonl.gz")):
        of_text[path.parent.name == _TEST_FOLDER].append(_numbered(path, numbers, passages, more, len(pack.queries)))
    arrays = [load_labels(path, pack) for path in (*sorted(folder.rglob("*.npz")), *labels)]
    _save(staging / LABELS, [*arrays, *of_text[False]])
    _save(staging / TEST, of_text[True])
    if more:
        for name, column in ((MORE_QUERIES, 1), (MORE_SOURCES, 2)):
            text = "\n".join(str(row[column]) for row in more.values())
            (staging / f"{name}.xz").write_bytes(lzma.compress(text.encode()))
    for path in _pack_files(folder):
        shutil.copyfile(path, staging / path.name)
    files = resolve_model(teacher, offline=True)
    for path, name in (
        (files.weights, TEACHER),
        (files.directory / "tokenizer.json", TEACHER_TOKENIZER),
        (files.directory / "config.json", TEACHER_CONFIG),
    ):
        (staging / f"{name}.xz").write_bytes(lzma.compress(path.read_bytes()))
    for number, paths in enumerate(_filled(staging.iterdir(), most), start=1):
        parcel = out / str(number)
        parcel.mkdir()
        for path in paths:
            path.replace(parcel / path.name)
        names = ", ".join(f"{path.name} {(parcel / path.name).stat().st_size / 2**20:.1f}" for path in paths)
        size = sum(path.stat().st_size for path in parcel.iterdir())
        say(f"pack: {parcel}: {size / 2**20:.1f} MiB ({names})")
    staging.rmdir()


def _numbered(
    path: Path,
    numbers: dict[str, int],
    passages: dict[str, int],
    more: dict[str, tuple[int, str, str]],
    first: int,
) -> Labels:
    """Return the labels of a file of texts by numbers; a query without one gets the next, and a row in ``more``."""
    found: list[tuple[int, int, float]] = []
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        row = json.loads(line)
        text = " ".join(row["query"].split())
        query = numbers.get(normal(text))
        if query is None:
            query = more.setdefault(normal(text), (first + len(more), text, row.get("source", "labels")))[0]
        for passage in row["passages"]:
            number = passages.get(" ".join(passage["text"].split()))
            if number is None:
                raise BenchError(f"{path}: has a passage that is not in the pack: {passage['text'][:60]!r}")
            found.append((query, number, passage["logit"]))
    columns = np.array(found, dtype=np.float64).reshape(-1, 3).T
    return Labels(columns[0].astype(np.int32), columns[1].astype(np.int32), columns[2].astype(np.float32))


def _save(path: Path, parts: Iterable[Labels]) -> None:
    save_labels(path, Labels.of(parts))


def _pack_files(folder: Path) -> list[Path]:
    found = [find(folder, name) for name in (QUERIES, CANDIDATES, SOURCES)]
    number = 1
    while path := find(folder, PASSAGES.format(number)):
        found.append(path)
        number += 1
    return [path for path in found if path]


def _filled(paths: Iterable[Path], most: int) -> list[list[Path]]:
    """Return the files in parcels: the largest first, each into the first parcel that has room."""
    parcels: list[list[Path]] = []
    room: list[int] = []
    for path in sorted(paths, key=lambda path: (-path.stat().st_size, path.name)):
        size = path.stat().st_size
        if size > most:
            raise BenchError(f"pack: {path.name} has {size / 2**20:.1f} MiB, a parcel {most / 2**20:.1f}; see --parcel")
        fitting = [i for i, left in enumerate(room) if left >= size]
        if not fitting:
            parcels.append([])
            room.append(most)
            fitting = [len(room) - 1]
        parcels[fitting[0]].append(path)
        room[fitting[0]] -= size
    return parcels
