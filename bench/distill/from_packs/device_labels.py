"""Labels by the teacher in floating point: tens of thousands of pairs a second on a GPU."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from bench.common.atomic import whole_file
from bench.common.errors import BenchError
from bench.distill.from_packs.pair_reader import PairReader
from bench.distill.packs.label_arrays import LabelArrays
from bench.distill.packs.pack import Pack

LOGITS = "logits.npy"
# Tried in this order. float16 is three bits more precise than bfloat16, whose larger range BERT does not need.
_PRECISIONS = {"cuda": ("float16", "bfloat16", "float32"), "cpu": ("float32",)}
# In float32 on a CPU, 4,000 logits differed from the int8 file by .14 on average, with a correlation of .9995.
_CORRELATION, _DIFFERENCE = 0.995, 0.3
_SEED = 11
_SHOWN = 10.0


@dataclass(frozen=True, slots=True)
class Int8Agreement:
    """How near the teacher's logits are to those of its int8 file.

    Attributes:
        precision: The precision of the products.
        correlation: Correlation of the two.
        difference: Mean absolute difference.
    """

    precision: str
    correlation: float
    difference: float

    @property
    def is_close(self) -> bool:
        """Whether the logits can stand for those of the int8 file."""
        return self.correlation >= _CORRELATION and self.difference <= _DIFFERENCE


def compare_with_int8(weights: Mapping[str, Any], reader: PairReader, known: LabelArrays) -> Int8Agreement:
    """Compare the teacher's logits with labels that its int8 file gave."""
    with torch.inference_mode():
        pairs = known.query.astype(np.int64), known.passage.astype(np.int64)
        found = reader.logits(weights, *pairs).double().cpu().numpy()
    given = known.logit.astype(np.float64)
    correlation = float(np.corrcoef(found, given)[0, 1])
    return Int8Agreement(reader.precision, correlation, float(np.abs(found - given).mean()))


def matching_reader(
    weights: Mapping[str, Any], reader: PairReader, known: LabelArrays, most: int, say: Callable[[str], None]
) -> PairReader:
    """Return the reader with the first precision whose logits are close to those of the int8 file.

    Args:
        weights: The teacher's, as tensors.
        reader: Computes the logits.
        known: Labels that the int8 file gave.
        most: How many of them are compared, chosen at random.
        say: Prints a line.

    Raises:
        BenchError: No precision is close, or there are no such labels.
    """
    if not len(known):
        raise BenchError("label: the pack has no labels of the int8 file to compare the teacher's with")
    some = known.take(np.random.default_rng(_SEED).permutation(len(known))[:most])
    for precision in _PRECISIONS[reader.pairs.device.type]:
        found = compare_with_int8(weights, tried := replace(reader, precision=precision), some)
        say(
            f"label: the teacher in {precision} against {len(some)} labels of its int8 file: "
            f"correlation {found.correlation:.4f}, mean difference {found.difference:.3f}"
        )
        if found.is_close:
            return tried
    raise BenchError("label: the teacher's logits differ from the labels in the pack; they are of another teacher")


def label_on_device(
    weights: Mapping[str, Any],
    reader: PairReader,
    pack: Pack,
    left_out: npt.NDArray[np.integer],
    out: Path,
    left: Callable[[], float],
    say: Callable[[str], None],
) -> None:
    """Label queries in a random order until the time is up.

    ``logits.npy`` in ``out`` is a memory map: float16, of the candidates' shape, NaN where there is no label yet. A
    stopped run continues there.

    Args:
        weights: The teacher's, as tensors.
        reader: Computes the logits.
        pack: The pack.
        left_out: Queries that are not labelled.
        out: Where the labels go.
        left: Seconds left to label in.
        say: Prints a line.

    Raises:
        BenchError: ``out`` has the labels of another pack.
    """
    path = out / LOGITS
    if not path.exists():
        with whole_file(path) as partial:
            np.save(partial, np.full(pack.candidates.shape, np.nan, np.float16))
    logits = np.load(path, mmap_mode="r+")
    if logits.shape != (shape := pack.candidates.shape):
        raise BenchError(f"{path}: labels of shape {logits.shape}, candidates of {shape}; give another --out")
    has_candidates = pack.candidates >= 0
    waiting: npt.NDArray[np.bool_] = has_candidates.any(axis=1) & ~np.isfinite(logits).any(axis=1)
    waiting[left_out] = False
    order = np.random.default_rng(_SEED).permutation(len(pack.queries))
    order = order[waiting[order]]
    began = shown = time.monotonic()
    done, slowest = 0, 0.0
    with torch.inference_mode():
        for queries in _blocks(order, reader):
            block_began = time.monotonic()
            if left() <= slowest:
                break
            rows, places = np.nonzero(has_candidates[queries])
            found = reader.logits(weights, queries[rows], pack.candidates[queries[rows], places].astype(np.int64))
            logits[queries[rows], places] = found.half().cpu().numpy()
            done += len(rows)
            now = time.monotonic()
            slowest = max(slowest, now - block_began)
            if now - shown > _SHOWN:
                say(f"label: {done} pairs, {done / (now - began):.0f} a second, {left():.0f} s left to label")
                shown = now
    logits.flush()
    say(f"label: {done} pairs more in {time.monotonic() - began:.0f} s")


def _blocks(order: npt.NDArray[np.int64], reader: PairReader) -> Iterator[npt.NDArray[np.int64]]:
    """Yield queries in groups whose pairs fill some sixteen batches."""
    size = max(1, reader.tokens // 128)
    for first in range(0, len(order), size):
        yield order[first : first + size]
