"""``python -m bench.distill``: make the bundled model from the data, stage by stage or all at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.distill.design import Design, parse_layers
from bench.distill.quantise import WEIGHT_BITS
from bench.errors import BenchError
from flashrank import FlashRankError
from flashrank.terminal import escape_unencodable

STAGES = ("label", "train", "export", "evaluate")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stages and return the exit code: 0 done, 2 refused, 130 interrupted (the same command goes on)."""
    escape_unencodable()
    options = _parser().parse_args(arguments)
    console = Console(width=160)
    try:
        for stage in STAGES if options.stage == "all" else (options.stage,):
            _run(stage, options, console)
    except (BenchError, FlashRankError) as error:
        Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(f"bench.distill: {error}")
        return 2
    except KeyboardInterrupt:
        console.print("bench.distill: interrupted; the same command goes on from here")
        return 130
    return 0


def _run(stage: str, options: argparse.Namespace, console: Console) -> None:
    out: Path = options.out
    labels = [options.data / "teacher", out / "labels"]
    if stage == "label":
        _label(options, labels[0], out / "labels", console)
    elif stage == "train":
        from bench.distill.stages import prepare, prepare_from, train_stage
        from flashrank.store import resolve_model

        if options.start:
            prepare_from(resolve_model(options.start, offline=True).directory, options.teacher, options.vocabulary, out)
        else:
            design = Design(parse_layers(options.layers), options.table, options.feed_forward, options.vocabulary)
            prepare(resolve_model(options.teacher, offline=True), labels, design, out, console)
        settings = {name: getattr(options, name) for name in ("pairs", "rate", "decay", "queries", "seed")}
        given, own = labels[:1], labels[1:]
        learned, held_back_only = (own, given) if options.own_labels else (labels, [])
        train_stage(learned, held_back_only, out, settings, options.max_length, console)
    elif stage == "export":
        from bench.distill.stages import export_stage

        export_stage(labels, out, options.table_bits, options.bits, console)
    else:
        from bench.distill.evaluate import evaluate
        from bench.distill.stages import card_stage

        model = options.model or out / "export"
        evaluate(model, options.teacher, options.tests, options.limit, options.collections, out, console)
        if options.model is None:
            card_stage(out, options.table_bits, options.bits)


def _label(options: argparse.Namespace, given: Path, out: Path, console: Console) -> None:
    from bench.distill.candidates import Source, question_files
    from bench.distill.labels import Teacher, label
    from bench.distill.searches import Searches

    if options.label or options.searches:
        paths, teacher = question_files(options.data), Teacher(options.teacher)
        if options.label:
            label([Source(path) for path in paths], [given], out, teacher, options.label, console)
        if options.searches:
            label([Searches(paths, teacher.words())], [given], out, teacher, options.searches, console)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.distill",
        description="Distil a small cross-encoder from a large one: label, train, export, evaluate.",
    )
    parser.add_argument("stage", nargs="?", default="all", choices=("all", *STAGES))
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/train"), help="folder of training queries, *.jsonl"
    )
    parser.add_argument(
        "--teacher", type=Path, default=Path("../shared/models/ms-marco-MiniLM-L-12-v2"), help="the teacher's directory"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/nano"), help="folder of everything that is made")
    parser.add_argument("--label", type=int, default=0, metavar="N", help="queries to label more, per file of --data")
    parser.add_argument(
        "--searches", type=int, default=0, metavar="N", help="queries as people type them to label, over all of --data"
    )
    parser.add_argument(
        "--start", metavar="MODEL", help="train an exported student further (`nano`, or its directory), not a new one"
    )
    parser.add_argument(
        "--own-labels",
        action="store_true",
        help="train on the labels in OUT alone: those of DATA/teacher, that earlier rounds learned, only choose",
    )
    parser.add_argument("--layers", default="0,1,2", help="the teacher's layers to start from")
    parser.add_argument("--table", type=int, default=128, help="width of the embedding table")
    parser.add_argument("--feed-forward", type=int, default=1536, help="neurons kept per feed-forward block")
    parser.add_argument("--vocabulary", type=int, default=28_000, help="word pieces of the student")
    parser.add_argument("--pairs", type=int, default=150_000, help="pairs to train on; may be changed when going on")
    parser.add_argument("--queries", type=int, default=8, help="queries per batch")
    parser.add_argument("--rate", type=float, default=4e-4, help="peak learning rate")
    parser.add_argument("--decay", type=_share, default=0.5, help="share of the training, its end, in which it falls")
    parser.add_argument("--max-length", type=int, default=128, help="tokens per pair in training")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--table-bits", type=int, default=WEIGHT_BITS, help="export: bits per value of the embedding table"
    )
    parser.add_argument("--bits", type=int, default=WEIGHT_BITS, help="export: bits per weight of the other matrices")
    parser.add_argument("--model", type=Path, help="evaluate: the model's directory (default: OUT/export)")
    parser.add_argument("--collections", type=Path, default=Path("../shared"), help="evaluate: the test collections")
    parser.add_argument("--tests", nargs="*", default=(), help="evaluate: these collections only")
    parser.add_argument("--limit", type=int, metavar="N", help="evaluate: N queries of each collection, chosen by lot")
    return parser


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no share, which is 0 to 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
