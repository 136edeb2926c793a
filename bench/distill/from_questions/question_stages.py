"""The stages over files of questions: label, train, export and evaluate, each leaving its files in one folder."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from tokenizers import Tokenizer

from bench.common.errors import BenchError
from bench.common.terminal import escape_unencodable
from bench.distill.distill_options import STAGES
from bench.distill.export.card import CARD, write_card
from bench.distill.export.export_check import check_model, describe, zipped_size
from bench.distill.export.input_moments import second_moments
from bench.distill.export.model_directory import write_model
from bench.distill.from_questions.examples import tokenize
from bench.distill.labels.labelled_queries import find_labelled_queries, read_labelled_queries
from bench.distill.student.design import Design, parse_layers
from bench.distill.student.start import LargerVocabulary, start_from, start_new
from bench.distill.student.student_folder import (
    EXPORT,
    START,
    STUDENT,
    TOKENIZER,
    is_prepared,
    load_design,
    trained_design,
)
from bench.distill.student.weights import Weights, load_weights
from bench.distill.student.word_pieces import count_pieces, whole_tokenizer
from bench.distill.texts.hashing import is_held_back
from bench.distill.training.training_settings import ListTrainingSettings
from bench.systems.bert_weights import read_weights
from flashrank import FlashRankError, available_cores, resolve_model

# Matrices are rounded for their inputs over so many training queries, cut to so many tokens.
_ROUNDED_FOR, _ROUNDED_LENGTH = 200, 256
_CHECKED = 200


def run(options: argparse.Namespace) -> None:
    """Run ``options.stage``, or all stages.

    Raises:
        BenchError: A user's mistake or a missing input.
    """
    escape_unencodable()
    console = Console(width=160)
    out: Path = options.out
    given, own = options.data / "teacher", out / "labels"
    try:
        for stage in STAGES if options.stage == "all" else (options.stage,):
            if stage == "label":
                _label(options, given, own, console)
            elif stage == "train":
                _train(options, given, own, console)
            elif stage == "export":
                export_stage((given, own), out, options.table_bits, options.bits, console)
            else:
                _evaluate(options, console)
    except FlashRankError as error:
        raise BenchError(str(error)) from error


def _label(options: argparse.Namespace, given: Path, own: Path, console: Console) -> None:
    if not options.label and not options.searches:
        return
    from bench.distill.labels.int8_teacher import Int8Teacher
    from bench.distill.labels.label_files import label
    from bench.distill.texts.question_files import QuestionFile, question_files
    from bench.distill.texts.searches import Searches

    paths, teacher = question_files(options.data), Int8Teacher(options.teacher)
    if options.label:
        label([QuestionFile(path) for path in paths], [given], own, teacher, options.label, console)
    if options.searches:
        label([Searches(paths, teacher.words())], [given], own, teacher, options.searches, console)


def _train(options: argparse.Namespace, given: Path, own: Path, console: Console) -> None:
    out: Path = options.out
    if options.start:
        larger = LargerVocabulary(options.vocabulary, lambda: _teacher(options.teacher))
        start_from(resolve_model(options.start, offline=True).directory, out, larger)
    else:
        design = Design(parse_layers(options.layers), options.table, options.feed_forward, options.vocabulary)
        prepare_new(options.teacher, (given, own), design, options.seed, out, console)
    settings = ListTrainingSettings(
        pairs=options.pairs,
        queries=options.queries or ListTrainingSettings().queries,
        rate=options.rate,
        decay=options.decay,
        seed=options.seed,
        heads=load_design(out).heads,
        threads=available_cores(),
    )
    learned, held_back_only = ((own,), (given,)) if options.own_labels else ((given, own), ())
    train_stage(learned, held_back_only, out, settings, options.max_length, console)


def _evaluate(options: argparse.Namespace, console: Console) -> None:
    from bench.distill.from_questions.evaluation import evaluate

    model = options.model or options.out / EXPORT
    evaluate(model, options.teacher, options.tests, options.limit, options.out, console)
    if options.model is None:
        card_stage(options.out, options.table_bits, options.bits)


def prepare_new(
    teacher: str | Path, labels: Iterable[Path], design: Design, seed: int, out: Path, console: Console
) -> None:
    """Write a new student's files into ``out``; nothing where they are of the same design.

    Raises:
        BenchError: ``out`` holds another design's files, or the teacher lacks a layer.
    """
    if is_prepared(out, design):
        return
    weights, tokenizer = _teacher(teacher)
    console.print("prepare: counting the pieces of the training texts", highlight=False)
    training = [row for row in read_labelled_queries(labels) if not is_held_back(row.query)]
    counts = count_pieces(tokenizer, (text for row in training for text in (row.query, *row.texts)))
    start_new(weights, tokenizer, counts, design, seed, out)


def train_stage(
    labels: Sequence[Path],
    held_back_only: Sequence[Path],
    out: Path,
    settings: ListTrainingSettings,
    max_length: int,
    console: Console,
) -> None:
    """Tokenize the labels and train. Of the folders in ``held_back_only``, only the held-back queries are used."""
    from bench.distill.from_questions.list_training import train

    tokenizer = student_tokenizer(out, max_length)
    labelled, others = read_labelled_queries(labels), find_labelled_queries(held_back_only)
    training = tokenize((row for row in labelled if not is_held_back(row.query)), tokenizer)
    held_back = tokenize((row for row in (*others, *labelled) if is_held_back(row.query)), tokenizer)
    pairs = sum(len(example.pairs) for example in training)
    console.print(
        f"train: {len(training)} queries with {pairs} pairs; {len(held_back)} queries held back", highlight=False
    )
    train(load_weights(out / START), training, held_back, settings, out, console)


def export_stage(labels: Iterable[Path], out: Path, table_bits: int, bits: int, console: Console) -> None:
    """Write the best student so far as ``out/export``, check it, and describe it."""
    design, directory = trained_design(out), out / EXPORT
    weights = load_weights(out / STUDENT)
    labelled = read_labelled_queries(labels)
    held_back = [row for row in labelled if is_held_back(row.query)]
    training = [row for row in labelled if not is_held_back(row.query)]
    examples = tokenize(training[:: max(1, len(training) // _ROUNDED_FOR)], student_tokenizer(out, _ROUNDED_LENGTH))
    moments = second_moments(weights, design.heads, [pair for example in examples for pair in example.pairs])
    write_model(directory, weights, design, (out / TOKENIZER).read_text(encoding="utf-8"), table_bits, bits, moments)
    checked = held_back[:: max(1, len(held_back) // _CHECKED)]
    describe(directory, check_model(directory, weights, design, checked), console)
    card_stage(out, table_bits, bits)


def card_stage(out: Path, table_bits: int, bits: int) -> None:
    """Write the model card with what is known so far."""
    directory = out / EXPORT
    (directory / CARD).unlink(missing_ok=True)
    raw = sum(path.stat().st_size for path in directory.iterdir())
    write_card(out, directory, trained_design(out), (raw, zipped_size(directory)), (bits, table_bits))


def student_tokenizer(out: Path, max_length: int) -> Tokenizer:
    """Return the student's tokenizer, which cuts pairs to ``max_length`` tokens."""
    tokenizer = Tokenizer.from_file(str(out / TOKENIZER))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    return tokenizer


def _teacher(name: str | Path) -> tuple[Weights, Tokenizer]:
    files = resolve_model(name)
    document = (files.directory / TOKENIZER).read_text(encoding="utf-8")
    return read_weights(files.weights), whole_tokenizer(document)
