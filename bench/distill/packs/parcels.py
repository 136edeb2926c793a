"""The inputs of a run on another machine, in parcels: folders that are each small enough to send."""

from __future__ import annotations

import lzma
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bench.common.errors import BenchError
from bench.distill.packs.label_arrays import LabelArrays, load_label_arrays, save_label_arrays
from bench.distill.packs.pack import CANDIDATES, PASSAGES, QUERIES, SOURCES, find, read_pack
from bench.distill.packs.text_numbers import TextNumbers

LABELS, TEST = "labels.npz", "labels-test.npz"
TEACHER, TEACHER_TOKENIZER, TEACHER_CONFIG = "teacher.onnx", "teacher.tokenizer.json", "teacher.config.json"
_TEST_FOLDER = "labels-test"


def make_parcels(
    folder: Path, labels: Sequence[Path], teacher: str | Path, most: int, out: Path, say: Callable[[str], None]
) -> None:
    """Write what ``pack_stages.run`` reads into folders ``1``, ``2``, ... of ``out``, each of at most ``most`` bytes.

    The labels below ``folder`` and in the files ``labels`` become one file. Those in folders called ``labels-test``
    become another. Texts that are not in the pack, but in labels, are numbered after the pack's.

    Args:
        folder: The folder of the pack and its labels.
        labels: More files of labels: ``.npz``, ``.npy``, ``.jsonl.gz``, or journals.
        teacher: The teacher's directory or name.
        most: The most bytes of a parcel.
        out: Where the parcels go. Parcels that are there are replaced.
        say: Prints a line.

    Raises:
        BenchError: The pack is damaged, or a single file is larger than a parcel.
    """
    from flashrank import resolve_model  # a run that only reads parcels may lack it

    pack = read_pack(folder)
    staging = out / "all"
    for old in (staging, *out.glob("[0-9]*")):
        shutil.rmtree(old, ignore_errors=True)
    staging.mkdir(parents=True)
    numbers = TextNumbers(pack)
    paths = [*sorted(folder.rglob("*.npz")), *sorted(folder.rglob("*.jsonl.gz")), *labels]
    found: dict[str, list[LabelArrays]] = {LABELS: [], TEST: []}
    for path in paths:
        is_text = path.name.endswith(".jsonl.gz")
        one = numbers.labels(path) if is_text else load_label_arrays(path, pack)
        found[TEST if path.parent.name == _TEST_FOLDER else LABELS].append(one)
    for name, parts in found.items():
        save_label_arrays(staging / name, LabelArrays.merge(parts))
    for path in _pack_files(folder):
        shutil.copyfile(path, staging / path.name)
    numbers.save(staging)
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


def _pack_files(folder: Path) -> list[Path]:
    found = [find(folder, name) for name in (QUERIES, CANDIDATES, SOURCES)]
    number = 1
    while path := find(folder, PASSAGES.format(number)):
        found.append(path)
        number += 1
    return [path for path in found if path]


def _filled(paths: Iterable[Path], most: int) -> list[list[Path]]:
    """Divide files into parcels: the largest first, each into the first parcel that has room."""
    parcels: list[list[Path]] = []
    room: list[int] = []
    for path in sorted(paths, key=lambda path: (-path.stat().st_size, path.name)):
        size = path.stat().st_size
        if size > most:
            raise BenchError(
                f"pack: {path.name} has {size / 2**20:.1f} MiB; a parcel has {most / 2**20:.1f}, see --parcel"
            )
        fitting = [i for i, left in enumerate(room) if left >= size]
        if not fitting:
            parcels.append([])
            room.append(most)
            fitting = [len(room) - 1]
        parcels[fitting[0]].append(path)
        room[fitting[0]] -= size
    return parcels
