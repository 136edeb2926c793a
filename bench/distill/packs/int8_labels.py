"""Labels of a pack without a GPU: the teacher's int8 model scores pair after pair, for hours beside other work."""

from __future__ import annotations

import os
import signal
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.common.digest import digest_files, digest_of
from bench.distill.labels.int8_teacher import Int8Teacher
from bench.distill.labels.labelled_queries import find_labelled_queries
from bench.distill.packs.label_arrays import JOURNAL, LabelJournal
from bench.distill.packs.pack import CANDIDATES, PASSAGES, QUERIES, Pack, find, read_pack
from bench.distill.texts.hashing import normalised

PID, PAUSE = "pid", "pause"
# Of the order of the queries. The labels that came with the pack were made in the same order.
_SEED = 11
# So many of the first candidates, the first stage's best, are always among a query's passages.
_FIRST = 2
_SHOWN = 60.0


def label_pack(folder: Path, teacher: str | Path, out: Path, passages: int, threads: int | None = None) -> None:
    """Label queries of the pack in ``folder`` in a random order, until all have labels or SIGTERM comes.

    Queries that have labels in a ``*.jsonl.gz`` or ``*.npz`` file below ``folder`` are left out. The labels go to
    ``labels.journal`` in ``out``, where the same command continues later. With more ``passages`` it adds the missing
    ones to every query. While there is a file ``pause`` in ``out``, it waits.

    Args:
        folder: The pack.
        teacher: The teacher's directory or name.
        out: Where the journal goes, and the process id in the file ``pid``.
        passages: The most passages of a query.
        threads: Pairs scored at once; as many as there are cores when not given.

    Raises:
        BenchError: The pack is damaged, or ``out`` has labels of another pack.
    """
    stopping = _stop_on_terminate()
    pack, scorer = read_pack(folder), Int8Teacher(teacher, threads)
    known = labelled_queries(folder, pack)
    files = [path for name in (PASSAGES.format(1), QUERIES, CANDIDATES) if (path := find(folder, name))]
    out.mkdir(parents=True, exist_ok=True)
    with LabelJournal(out / JOURNAL, digest_of([digest_files(files), scorer.digest])) as journal:
        (out / PID).write_text(f"{os.getpid()}\n")
        done: dict[int, set[int]] = defaultdict(set)
        for query, passage in zip(journal.labels.query.tolist(), journal.labels.passage.tolist(), strict=True):
            done[query].add(passage)
        print(
            f"label: {len(known)} queries have labels elsewhere; {len(journal.labels)} pairs are in {out}", flush=True
        )
        began = shown = time.monotonic()
        pairs = 0
        try:
            for query, wanted in _plan(pack, known, passages):
                missing = [passage for passage in wanted if passage not in done[query]]
                while (out / PAUSE).exists() and not stopping:
                    time.sleep(1)
                if stopping:
                    break
                if missing:
                    texts = [pack.passages[passage] for passage in missing]
                    journal.append(query, missing, scorer.logits(pack.queries[query], texts))
                    pairs += len(missing)
                if time.monotonic() - shown > _SHOWN:
                    shown = time.monotonic()
                    print(f"label: {pairs} pairs more, {pairs / (shown - began):.1f} a second", flush=True)
        finally:
            (out / PID).unlink()
    print(f"label: {'stopped' if stopping else 'done'} after {pairs} pairs more", flush=True)


def labelled_queries(folder: Path, pack: Pack) -> set[int]:
    """Return the numbers of the queries of ``pack`` that have labels in a file below ``folder``."""
    folders = sorted({path.parent for path in folder.rglob("*.jsonl.gz")})
    texts = {normalised(row.query) for row in find_labelled_queries(folders)}
    known = {i for i, query in enumerate(pack.queries) if normalised(query) in texts}
    for path in folder.rglob("*.npz"):
        with np.load(path) as file:
            known |= set(file["query"].tolist())
    return known


def chosen(candidates: npt.NDArray[np.int32], query: int, passages: int) -> Sequence[int]:
    """Return up to ``passages`` of a query's candidates. A larger number only adds some at the end."""
    found = list(dict.fromkeys(candidates[candidates >= 0].tolist()))
    rest = np.random.default_rng([_SEED, query]).permutation(found[_FIRST:])
    return [*found[:_FIRST], *map(int, rest)][:passages]


def _plan(pack: Pack, known: set[int], passages: int) -> Iterator[tuple[int, Sequence[int]]]:
    for query in np.random.default_rng(_SEED).permutation(len(pack.queries)).tolist():
        wanted = chosen(pack.candidates[query], query, passages)
        if query not in known and len(wanted) > 1:
            yield query, wanted


def _stop_on_terminate() -> list[int]:
    """Return a list that SIGTERM fills, so that the query in work can be finished first."""
    received: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    return received
