"""A pack: numbered passages and queries, and the candidates of each query."""

from __future__ import annotations

import gzip
import io
import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.common.errors import BenchError

PASSAGES, CANDIDATES = "passages.{}.txt", "candidates16.npy"
QUERIES, SOURCES = "queries.txt", "sources.txt"
MORE_QUERIES, MORE_SOURCES = "queries.more.txt", "sources.more.txt"
#: How to decompress a file, by the ending of its name.
_PACKED: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".xz": lzma.decompress, ".gz": gzip.decompress}


@dataclass(frozen=True, slots=True)
class Pack:
    """Texts by their numbers.

    Attributes:
        passages: The passages, numbered from 0.
        queries: The queries, numbered from 0.
        candidates: Numbers of the passages that a first stage found for each query, int32 of shape (queries, 16); -1
            where there is none.
        sources: The source of each query.
    """

    passages: list[str]
    queries: list[str]
    candidates: npt.NDArray[np.int32]
    sources: list[str]


def read_pack(folder: Path) -> Pack:
    """Return the pack whose files are in ``folder`` or below, each plain or compressed as ``.xz`` or ``.gz``.

    The passages are in ``passages.1.txt``, ``passages.2.txt`` and so on. ``queries.more.txt`` may be absent. Its
    queries come from labels and have no candidates.

    Raises:
        BenchError: A file is missing, damaged, or does not fit the others.
    """
    passages = [line for text in _parts(folder) for line in text.split("\n")]
    queries = text_of(folder, QUERIES).split("\n")
    sources = text_of(folder, SOURCES).split("\n")
    try:
        candidates = np.load(io.BytesIO(content_of(folder, CANDIDATES)))
    except ValueError as error:
        raise BenchError(f"{folder}: {CANDIDATES} is not an array of numpy: {error}") from error
    if candidates.ndim != 2 or not len(queries) == len(sources) == len(candidates):
        raise BenchError(
            f"{folder}: {len(queries)} queries, {len(sources)} sources and candidates of shape {candidates.shape} are"
            " not of one pack"
        )
    if candidates.size and candidates.max() >= len(passages):
        raise BenchError(f"{folder}: {len(passages)} passages, but passage {candidates.max()} is a candidate")
    if find(folder, MORE_QUERIES):
        more = text_of(folder, MORE_QUERIES).split("\n")
        queries += more
        sources += text_of(folder, MORE_SOURCES).split("\n")
        none = np.full((len(more), candidates.shape[1]), -1, dtype=candidates.dtype)
        candidates = np.concatenate([candidates, none])
    return Pack(passages, queries, candidates.astype(np.int32, copy=False), sources)


def find(folder: Path, name: str) -> Path | None:
    """Return the file ``name``, plain or compressed, in ``folder`` or in a folder below; None where there is none."""
    found = [path for ending in _PACKED for path in sorted(folder.rglob(name + ending))]
    return found[0] if found else None


def content_of(folder: Path, name: str) -> bytes:
    """Return the decompressed bytes of a file that ``find`` finds.

    Raises:
        BenchError: There is no such file, or it is damaged.
    """
    path = find(folder, name)
    if path is None:
        raise BenchError(f"{folder}: no file {name}, {name}.xz or {name}.gz, there or in a folder below")
    try:
        return _PACKED[path.name.removeprefix(name)](path.read_bytes())
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise BenchError(f"{path}: cannot be read: {error}") from error


def text_of(folder: Path, name: str) -> str:
    """Return the text of a file that ``find`` finds.

    Raises:
        BenchError: There is no such file, or it is damaged.
    """
    try:
        return content_of(folder, name).decode()
    except UnicodeDecodeError as error:
        raise BenchError(f"{folder}: {name} is not UTF-8 text: {error}") from error


def _parts(folder: Path) -> Iterator[str]:
    yield text_of(folder, PASSAGES.format(1))
    for number in count(2):
        if not find(folder, PASSAGES.format(number)):
            return
        yield text_of(folder, PASSAGES.format(number))
