"""The stages over files of questions: what each does with the arguments of the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench.common.errors import BenchError
from bench.distill.options import STAGES
from bench.distill.student.design import Design, ListTrainingSettings, parse_layers
from flashrank import FlashRankError
from flashrank._terminal import escape_unencodable


def run(options: argparse.Namespace) -> None:
    """Run ``options.stage``, or all stages.

    Raises:
        BenchError: A user's mistake or a missing input.
    """
    escape_unencodable()
    console = Console(width=160)
    try:
        for stage in STAGES if options.stage == "all" else (options.stage,):
            _run(stage, options, console)
    except FlashRankError as error:
        raise BenchError(str(error)) from error


def _run(stage: str, options: argparse.Namespace, console: Console) -> None:
    out: Path = options.out
    labels = [options.data / "teacher", out / "labels"]
    if stage == "label":
        _label(options, labels[0], out / "labels", console)
    elif stage == "train":
        from bench.distill.from_questions.question_stages import prepare, prepare_from, train_stage
        from flashrank.models.store import resolve_model

        if options.start:
            prepare_from(resolve_model(options.start, offline=True).directory, options.teacher, options.vocabulary, out)
        else:
            design = Design(parse_layers(options.layers), options.table, options.feed_forward, options.vocabulary)
            prepare(resolve_model(options.teacher), labels, design, out, console)
        settings = {name: getattr(options, name) for name in ("pairs", "rate", "decay", "seed")}
        settings["queries"] = options.queries or ListTrainingSettings().queries
        given, own = labels[:1], labels[1:]
        learned, held_back_only = (own, given) if options.own_labels else (labels, [])
        train_stage(learned, held_back_only, out, settings, options.max_length, console)
    elif stage == "export":
        from bench.distill.from_questions.question_stages import export_stage

        export_stage(labels, out, options.table_bits, options.bits, console)
    else:
        from bench.distill.from_questions.evaluation import evaluate
        from bench.distill.from_questions.question_stages import card_stage

        model = options.model or out / "export"
        evaluate(model, options.teacher, options.tests, options.limit, out, console)
        if options.model is None:
            card_stage(out, options.table_bits, options.bits)


def _label(options: argparse.Namespace, given: Path, out: Path, console: Console) -> None:
    from bench.distill.labels.int8_teacher import Int8Teacher
    from bench.distill.labels.label_files import label
    from bench.distill.texts.question_files import QuestionFile, question_files
    from bench.distill.texts.searches import Searches

    if options.label or options.searches:
        paths, teacher = question_files(options.data), Int8Teacher(options.teacher)
        if options.label:
            label([QuestionFile(path) for path in paths], [given], out, teacher, options.label, console)
        if options.searches:
            label([Searches(paths, teacher.words())], [given], out, teacher, options.searches, console)
