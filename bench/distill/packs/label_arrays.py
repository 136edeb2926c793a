"""Labels as arrays: the number of a query, the number of a passage, and the teacher's logit."""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.common.append_only import AppendOnlyFile
from bench.common.errors import BenchError
from bench.distill.packs.pack import Pack

JOURNAL = "labels.journal"
#: The bytes of a label in a journal.
RECORD = np.dtype([("query", "<i4"), ("passage", "<i4"), ("logit", "<f4")])


@dataclass(frozen=True, slots=True)
class LabelArrays:
    """Pairs with their logits: three arrays of one length.

    Attributes:
        query: Numbers of queries in the pack, int32.
        passage: Numbers of passages in the pack, int32.
        logit: The teacher's logits, float32.
    """

    query: npt.NDArray[np.int32]
    passage: npt.NDArray[np.int32]
    logit: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.query)

    def take(self, rows: npt.NDArray[np.integer]) -> LabelArrays:
        """Return the pairs at some places."""
        return LabelArrays(self.query[rows], self.passage[rows], self.logit[rows])

    @classmethod
    def merge(cls, parts: Iterable[LabelArrays]) -> LabelArrays:
        """Return the labels of all parts. Of a pair that is in several, the first label counts."""
        parts = [cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32)), *parts]
        query, passage, logit = (np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__)
        pairs = query.astype(np.int64) << 32 | passage
        first = np.sort(np.unique(pairs, return_index=True)[1])
        return cls(query[first], passage[first], logit[first])


class LabelJournal(AppendOnlyFile):
    """An append-only file of labels, for one process at a time. A killed run loses at most the labels of one query.

    Args:
        path: The file; its folder must exist.
        key: Digest of the texts and the teacher, 64 hexadecimal digits. The file begins with it.

    Attributes:
        labels: The labels in the file when it was opened. An incomplete last record is cut off.

    Raises:
        BenchError: Another process writes to the file, or it has another key.
    """

    def __init__(self, path: Path, key: str) -> None:
        super().__init__(path)
        try:
            fcntl.flock(self, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            raise BenchError(f"{path}: another process is writing labels to it") from error
        head, content = bytes.fromhex(key), self.content()
        if len(content) < len(head):
            self.keep(0)
            self.add(head)
        elif content.startswith(head):
            self.keep(len(content) - (len(content) - len(head)) % RECORD.itemsize)
        else:
            self.close()
            raise BenchError(f"{path}: labels of other texts or of another teacher; give another --out")
        self.labels = read_journal(path)

    def append(self, query: int, passages: Sequence[int], logits: Sequence[float]) -> None:
        """Add a query's labels in one write."""
        records = np.empty(len(passages), RECORD)
        records["query"], records["passage"], records["logit"] = query, passages, logits
        self.add(records.tobytes())


def read_journal(path: Path) -> LabelArrays:
    """Return the labels of a journal, which may still be written to."""
    content = path.read_bytes()[32:]
    records = np.frombuffer(content, RECORD, count=len(content) // RECORD.itemsize)
    return LabelArrays(*(np.ascontiguousarray(records[name]) for name in LabelArrays.__slots__))


def save_label_arrays(path: Path, labels: LabelArrays) -> None:
    """Write labels as an ``.npz`` file of the arrays ``query``, ``passage`` and, as float16, ``logit``."""
    np.savez_compressed(path, query=labels.query, passage=labels.passage, logit=labels.logit.astype(np.float16))


def load_label_arrays(path: Path, pack: Pack) -> LabelArrays:
    """Return the labels of an ``.npz`` file, of a journal, or of the ``logits.npy`` of the stage ``label``.

    Raises:
        BenchError: The file is damaged, or has numbers of texts that ``pack`` does not have.
    """
    try:
        if path.suffix == ".npz":
            with np.load(path) as file:
                query, passage, logit = (file[name] for name in LabelArrays.__slots__)
            labels = LabelArrays(query.astype(np.int32), passage.astype(np.int32), logit.astype(np.float32))
        elif path.suffix == ".npy":
            labels = _of_candidates(path, pack)
        else:
            labels = read_journal(path)
    except (OSError, ValueError, KeyError) as error:
        raise BenchError(f"{path}: not a file of labels: {error}") from error
    for numbers, texts in ((labels.query, pack.queries), (labels.passage, pack.passages)):
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(texts):
            raise BenchError(f"{path}: has the number {numbers.max()}, of {len(texts)} texts; not of this pack")
    return labels


def _of_candidates(path: Path, pack: Pack) -> LabelArrays:
    """Return the labels of an array of the candidates' shape. Further rows are of queries without candidates."""
    logits = np.load(path, mmap_mode="r")[: len(pack.candidates)]
    if logits.shape != pack.candidates.shape:
        raise BenchError(f"{path}: labels of shape {logits.shape}, candidates of {pack.candidates.shape}")
    query, place = np.nonzero(np.isfinite(logits) & (pack.candidates >= 0))
    return LabelArrays(query.astype(np.int32), pack.candidates[query, place], logits[query, place].astype(np.float32))
