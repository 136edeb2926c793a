"""A student's tokenizer and weights before training, out of the teacher or out of a student that was exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from bench.common.errors import BenchError
from bench.distill.export.exported_student import read_exported
from bench.distill.student.design import Design
from bench.distill.student.initial_weights import initial_weights
from bench.distill.student.narrower_rows import narrowed, with_random_layers
from bench.distill.student.student_folder import START, TOKENIZER, is_prepared, record
from bench.distill.student.vocabulary import prune, pruned_tokenizer, special_tokens
from bench.distill.student.weights import Weights, count_layers, save_weights

_BUNDLED = Path(__file__).parents[3] / "flashrank" / "bundled"


def prepare_new(
    teacher: Weights,
    tokenizer: Tokenizer,
    counts: npt.NDArray[np.integer],
    design: Design,
    heads: int,
    seed: int,
    out: Path,
) -> None:
    """Write a new student's tokenizer and weights into ``out``; nothing where they are of the same design.

    Args:
        teacher: The teacher's weights.
        tokenizer: Its tokenizer, which cuts nothing.
        counts: How often each id occurs in the texts.
        design: What to take; how many attention heads it has is worked out here.
        heads: The teacher's attention heads.
        seed: Of layers from nothing.
        out: Where the files go.

    Raises:
        BenchError: ``out`` holds another design's files, or the teacher is too small for ``design``.
    """
    width = teacher["pooler.dense.bias"].shape[0]
    head = width // heads
    narrow = design.width or width
    if narrow % head or not 0 < narrow <= width:
        raise BenchError(f"--width is {narrow}; expected a multiple of {head}, an attention head's, up to {width}")
    design = replace(design, heads=narrow // head)
    if is_prepared(out, design):
        return
    layers = count_layers(teacher)
    if design.random:
        taken = replace(design, layers=tuple(i % layers for i in range(len(design.layers))))
    elif max(design.layers) >= layers:
        raise BenchError(f"--layers: the teacher has layers 0 to {layers - 1}, not {max(design.layers)}")
    else:
        taken = design
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    by_piece: Mapping[str, int] = {piece: int(counts[i]) for piece, i in vocabulary.items()}
    kept = prune(vocabulary, special_tokens(tokenizer), by_piece, design.vocabulary)
    weights = initial_weights(teacher, taken, [vocabulary[p] for p in kept], [by_piece[p] for p in kept])
    if narrow < width:
        weights = narrowed(weights, narrow, head)
    if design.random:
        weights = with_random_layers(weights, seed)
    (out / TOKENIZER).write_text(pruned_tokenizer(tokenizer, kept), encoding="utf-8")
    save_weights(out / START, weights)
    record(out, design)


def prepare_shipped(start: str, out: Path) -> None:
    """Write the same files from an exported student: a directory, or the name of a bundled model.

    Raises:
        BenchError: There is none, or ``out`` holds another design's files.
    """
    directory = Path(start) if Path(start).is_dir() else _BUNDLED / start
    if not directory.is_dir():
        raise BenchError(f"--start is {start!r}: neither a directory nor a bundled model")
    weights, design = read_exported(directory)
    if is_prepared(out, design):
        return
    (out / TOKENIZER).write_text((directory / TOKENIZER).read_text(encoding="utf-8"), encoding="utf-8")
    save_weights(out / START, weights)
    record(out, design)
