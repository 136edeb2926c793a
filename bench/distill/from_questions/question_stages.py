"""The stages between the labels and the model: prepare, train and export, each leaving files in one folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from tokenizers import Tokenizer

from bench.common.errors import BenchError
from bench.distill.export.card import CARD, write_card
from bench.distill.export.export_check import check_model, describe, zipped_size
from bench.distill.export.exported_student import read_exported
from bench.distill.export.input_moments import second_moments
from bench.distill.export.model_directory import write_model
from bench.distill.from_questions.examples import tokenize
from bench.distill.labels.labelled_queries import find_labelled_queries, read_labelled_queries
from bench.distill.student.design import Design, ListTrainingSettings
from bench.distill.student.initial_weights import initial_weights
from bench.distill.student.student_folder import (
    START,
    STUDENT,
    TOKENIZER,
    is_prepared,
    load_design,
    record,
    trained_design,
)
from bench.distill.student.teacher_weights import read_weights
from bench.distill.student.vocabulary import count_pieces, prune, pruned_tokenizer, special_tokens, whole_tokenizer
from bench.distill.student.weights import count_layers, load_weights, save_weights
from bench.distill.student.wider_vocabulary import widened
from bench.distill.texts.hashing import is_held_back
from flashrank.models.store import ModelFiles, resolve_model
from flashrank.scoring.cores import available_cores
from flashrank.scoring.pair_encoder import PairEncoder

# The export rounds for the inputs that matrices have over so many training queries, cut to so many tokens.
_ROUNDED_FOR, _ROUNDED_LENGTH = 200, 256


def prepare(teacher: ModelFiles, labels: Iterable[Path], design: Design, out: Path, console: Console) -> None:
    """Write the student's tokenizer and its weights before training; nothing where they are of the same design.

    Raises:
        BenchError: ``out`` holds another design's files, or the teacher lacks a layer.
    """
    if is_prepared(out, design):
        return
    weights = read_weights(teacher.weights)
    if max(design.layers) >= (layers := count_layers(weights)):
        raise BenchError(f"--layers: the teacher has layers 0 to {layers - 1}, not {max(design.layers)}")
    full = whole_tokenizer(teacher.directory)
    console.print("prepare: counting the pieces of the training texts", highlight=False)
    training = [row for row in read_labelled_queries(labels) if not is_held_back(row.query)]
    counts = count_pieces(full, (text for row in training for text in (row.query, *row.texts)))
    vocabulary = full.get_vocab(with_added_tokens=True)
    kept = prune(vocabulary, special_tokens(full), counts, design.vocabulary)
    (out / TOKENIZER).write_text(pruned_tokenizer(full, kept), encoding="utf-8")
    start = initial_weights(weights, design, [vocabulary[p] for p in kept], [counts[p] for p in kept])
    save_weights(out / START, start)
    record(out, design)


def prepare_from(shipped: Path, teacher: str | Path, pieces: int, out: Path) -> None:
    """Write the same files from a student that was exported before: another round of its training.

    Args:
        shipped: The student's directory.
        teacher: The teacher's directory or name; it is read only where the vocabulary grows.
        pieces: The vocabulary grows to so many where it has fewer.
        out: Where the files go.

    Raises:
        BenchError: ``out`` holds a student of another design, or ``shipped`` is no exported student.
    """
    weights, design = read_exported(shipped)
    grows = pieces > design.vocabulary
    design = replace(design, vocabulary=max(pieces, design.vocabulary))
    if is_prepared(out, design):
        return
    tokenizer = (shipped / TOKENIZER).read_text(encoding="utf-8")
    if grows:
        files = resolve_model(teacher)
        full = whole_tokenizer(files.directory)
        vocabulary = full.get_vocab(with_added_tokens=True)
        old = Tokenizer.from_str(tokenizer).get_vocab(with_added_tokens=True)
        kept = prune(vocabulary, special_tokens(full), dict.fromkeys(old, 1), pieces)
        weights = widened(weights, old, read_weights(files.weights), vocabulary, kept)
        tokenizer = pruned_tokenizer(full, kept)
    (out / TOKENIZER).write_text(tokenizer, encoding="utf-8")
    save_weights(out / START, weights)
    record(out, design)


def pair_encoder(out: Path, max_length: int) -> PairEncoder:
    """Return what makes the student's pairs, cut to ``max_length`` tokens."""
    tokenizer = Tokenizer.from_file(str(out / TOKENIZER))
    tokenizer.enable_truncation(max_length)
    return PairEncoder(tokenizer, max_length)


def train_stage(
    labels: Sequence[Path],
    held_back_only: Sequence[Path],
    out: Path,
    settings: dict[str, float],
    max_length: int,
    console: Console,
) -> None:
    """Tokenize the labels and train; of the folders in ``held_back_only`` only the held-back queries are used."""
    from bench.distill.from_questions.list_training import train

    encoder = pair_encoder(out, max_length)
    labelled, others = read_labelled_queries(labels), find_labelled_queries(held_back_only)
    training = tokenize((row for row in labelled if not is_held_back(row.query)), encoder)
    held_back = tokenize((row for row in (*others, *labelled) if is_held_back(row.query)), encoder)
    pairs = sum(len(example.pairs) for example in training)
    console.print(
        f"train: {len(training)} queries with {pairs} pairs; {len(held_back)} queries held back", highlight=False
    )
    chosen = ListTrainingSettings(**settings, heads=load_design(out).heads, threads=available_cores())  # type: ignore[arg-type]
    train(load_weights(out / START), training, held_back, chosen, out, console)


def export_stage(labels: Iterable[Path], out: Path, table_bits: int, bits: int, console: Console) -> None:
    """Write the best student so far as ``out/export``, check it and describe it."""
    design, directory = trained_design(out), out / "export"
    weights = load_weights(out / STUDENT)
    labelled = read_labelled_queries(labels)
    held_back = [row for row in labelled if is_held_back(row.query)]
    training = [row for row in labelled if not is_held_back(row.query)]
    examples = tokenize(training[:: max(1, len(training) // _ROUNDED_FOR)], pair_encoder(out, _ROUNDED_LENGTH))
    moments = second_moments(weights, design.heads, [pair for example in examples for pair in example.pairs])
    write_model(directory, weights, design, (out / TOKENIZER).read_text(encoding="utf-8"), table_bits, bits, moments)
    describe(directory, check_model(directory, weights, design, held_back[:: max(1, len(held_back) // 200)]), console)
    card_stage(out, table_bits, bits)


def card_stage(out: Path, table_bits: int, bits: int) -> None:
    """Write the model card with all that is known by now."""
    directory = out / "export"
    (directory / CARD).unlink(missing_ok=True)
    raw = sum(path.stat().st_size for path in directory.iterdir())
    write_card(out, directory, trained_design(out), (raw, zipped_size(directory)), (bits, table_bits))
