"""A student before training: its design, tokenizer and weights, from its teacher or from an exported student."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tokenizers import Tokenizer

from bench.common.errors import BenchError
from bench.distill.student.design import Design
from bench.distill.student.exported_student import read_exported
from bench.distill.student.initial_weights import initial_weights
from bench.distill.student.narrower_rows import narrowed, with_random_layers
from bench.distill.student.student_folder import START, TOKENIZER, is_prepared, record
from bench.distill.student.weights import Weights, count_layers, save_weights
from bench.distill.student.wider_vocabulary import widened
from bench.distill.student.word_pieces import prune, pruned_tokenizer, special_tokens


def with_heads(design: Design, teacher_width: int, teacher_heads: int) -> Design:
    """Return the design with as many attention heads, each as wide as the teacher's, as its rows have room for.

    Raises:
        BenchError: The rows are no whole number of heads wide, or wider than the teacher's.
    """
    head = teacher_width // teacher_heads
    width = teacher_width if design.width is None else design.width
    if width % head or not 0 < width <= teacher_width:
        raise BenchError(
            f"--width is {width}; expected a multiple of {head}, an attention head's, up to {teacher_width}"
        )
    return replace(design, heads=width // head)


def start_new(
    teacher: Weights, tokenizer: Tokenizer, counts: Mapping[str, int], design: Design, seed: int, out: Path
) -> None:
    """Write a new student's files into ``out``.

    Args:
        teacher: The teacher's weights.
        tokenizer: Its tokenizer, which cuts nothing.
        counts: How often each piece occurs in the texts.
        design: What to take.
        seed: Of random layers.
        out: The student's folder.

    Raises:
        BenchError: The teacher lacks a layer.
    """
    layers = count_layers(teacher)
    taken = design
    if design.random:
        taken = replace(design, layers=tuple(i % layers for i in range(len(design.layers))))
    elif max(design.layers) >= layers:
        raise BenchError(f"--layers: the teacher has layers 0 to {layers - 1}, not {max(design.layers)}")
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    kept = prune(vocabulary, special_tokens(tokenizer), counts, design.vocabulary)
    weights = initial_weights(teacher, taken, [vocabulary[p] for p in kept], [counts.get(p, 0) for p in kept])
    width = design.width or teacher["pooler.dense.bias"].shape[0]
    if width < teacher["pooler.dense.bias"].shape[0]:
        weights = narrowed(weights, width, width // design.heads)
    if design.random:
        weights = with_random_layers(weights, seed)
    _write(out, design, pruned_tokenizer(tokenizer, kept), weights)


@dataclass(frozen=True, slots=True)
class LargerVocabulary:
    """What a student's vocabulary grows to.

    Attributes:
        pieces: So many, where the student has fewer.
        teacher: Returns the teacher's weights and its tokenizer, which cuts nothing.
    """

    pieces: int
    teacher: Callable[[], tuple[Weights, Tokenizer]]


def start_from(exported: Path, out: Path, larger: LargerVocabulary | None = None) -> None:
    """Write the same files from an exported student, for another round of its training.

    Nothing is written where ``out`` has a student of the same design.

    Args:
        exported: The student's model directory.
        out: The student's folder.
        larger: What its vocabulary grows to; it stays where this is None.

    Raises:
        BenchError: ``out`` holds a student of another design, or ``exported`` is no exported student.
    """
    weights, design = read_exported(exported)
    if larger and larger.pieces <= design.vocabulary:
        larger = None
    if larger:
        design = replace(design, vocabulary=larger.pieces)
    if is_prepared(out, design):
        return
    tokenizer = (exported / TOKENIZER).read_text(encoding="utf-8")
    if larger:
        teacher, whole = larger.teacher()
        vocabulary = whole.get_vocab(with_added_tokens=True)
        old = Tokenizer.from_str(tokenizer).get_vocab(with_added_tokens=True)
        kept = prune(vocabulary, special_tokens(whole), dict.fromkeys(old, 1), larger.pieces)
        weights = widened(weights, old, teacher, vocabulary, kept)
        tokenizer = pruned_tokenizer(whole, kept)
    _write(out, design, tokenizer, weights)


def _write(out: Path, design: Design, tokenizer: str, weights: Weights) -> None:
    (out / TOKENIZER).write_text(tokenizer, encoding="utf-8")
    save_weights(out / START, weights)
    record(out, design)  # last: it says that the other files are whole
