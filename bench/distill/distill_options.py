"""The arguments of ``python -m bench.distill``."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.distill.export.quantise import WEIGHT_BITS
from bench.distill.training.training_settings import ListTrainingSettings

_SETTINGS = ListTrainingSettings()
STAGES = ("label", "train", "export", "evaluate")
PRECISIONS = ("float32", "float16", "bfloat16")
#: Sources of queries that no student is trained on: typed questions of the web and of one new topic, a forum's, titles.
HELD_BACK_SOURCES = ("webquestions", "bing-coronavirus", "stackexchange", "strategyqa", "pmc-titles", "va-asked")


def parser() -> argparse.ArgumentParser:
    """Return what reads the arguments."""
    found = argparse.ArgumentParser(
        prog="python -m bench.distill",
        description="Distil a small cross-encoder from a large one: label, train, export, evaluate.",
    )
    add_arguments(found)
    return found


def add_arguments(found: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    found.add_argument("stage", nargs="?", default="all", choices=("all", *STAGES, "pack"))
    found.add_argument("--data", type=Path, default=Path("train"), help="folder of training queries (default: train)")
    found.add_argument(
        "--teacher", default="ms-marco-MiniLM-L-12-v2", help="the teacher: a model's name, or its directory"
    )
    found.add_argument("--out", type=Path, default=Path("runs/nano"), help="folder of everything that is made")
    found.add_argument("--label", type=int, default=0, metavar="N", help="label N more queries of each file of --data")
    found.add_argument(
        "--searches", type=int, default=0, metavar="N", help="label N more search queries, over all files of --data"
    )
    found.add_argument(
        "--start", metavar="MODEL", help="train an exported student further (`nano`, or its directory), not a new one"
    )
    found.add_argument(
        "--own-labels",
        action="store_true",
        help="train on the labels in OUT only; the held-back queries of DATA/teacher still choose",
    )
    found.add_argument("--layers", default="0,1,2", help="the teacher's layers to start from")
    found.add_argument("--table", type=int, default=128, help="width of the embedding table")
    found.add_argument("--feed-forward", type=int, default=1536, help="neurons kept per feed-forward block")
    found.add_argument("--vocabulary", type=int, default=28_000, help="word pieces of the student")
    found.add_argument(
        "--pairs",
        type=int,
        default=_SETTINGS.pairs,
        help="pairs to train on; a run that continues may have another number",
    )
    found.add_argument("--queries", type=int, help="queries per batch (default: 8, on a GPU 64)")
    found.add_argument("--rate", type=float, default=_SETTINGS.rate, help="peak learning rate")
    found.add_argument(
        "--decay", type=_share, default=_SETTINGS.decay, help="last share of the training, in which the rate falls"
    )
    found.add_argument("--max-length", type=int, default=128, help="tokens per pair in training")
    found.add_argument("--seed", type=int, default=_SETTINGS.seed)
    found.add_argument(
        "--table-bits", type=int, default=WEIGHT_BITS, help="export: bits per value of the embedding table"
    )
    found.add_argument("--bits", type=int, default=WEIGHT_BITS, help="export: bits per weight of the other matrices")
    found.add_argument("--model", type=Path, help="evaluate: the model's directory (default: OUT/export)")
    found.add_argument("--tests", nargs="*", default=(), help="evaluate: these collections only")
    found.add_argument(
        "--limit", type=int, metavar="N", help="evaluate: N queries of each collection, chosen at random"
    )
    _add_pack_arguments(found.add_argument_group("a pack of numbered texts (bench/distill/from_packs)"))


def _add_pack_arguments(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--pack", type=Path, metavar="DIR", help="label: label this pack's queries; pack: the pack to send"
    )
    group.add_argument(
        "--parcels",
        type=Path,
        metavar="DIR",
        default=Path("runs/parcels"),
        help="folder of parcels: `pack` writes it, --minutes reads it",
    )
    group.add_argument("--minutes", type=float, metavar="M", help="run all stages, or the one named, within M minutes")
    group.add_argument("--device", default="cpu", choices=("cpu", "cuda"), help="where to compute with --minutes")
    group.add_argument(
        "--precision", choices=PRECISIONS, help="of products in training (default: bfloat16 on a GPU, else float32)"
    )
    group.add_argument(
        "--passages",
        type=int,
        help="passages of a query: to label without --minutes (default: 8), to learn from in a step (default: 16)",
    )
    group.add_argument("--threads", type=int, help="label without --minutes: pairs scored at once")
    group.add_argument("--width", type=int, metavar="W", help="width of a new student's rows (default: the teacher's)")
    group.add_argument(
        "--init", default="teacher", choices=("teacher", "random"), help="where a new student's layers start"
    )
    group.add_argument(
        "--held-back", nargs="+", default=HELD_BACK_SOURCES, metavar="SOURCE", help="sources that are never trained on"
    )
    group.add_argument("--labels", nargs="*", type=Path, default=(), help="pack: more files of labels")
    group.add_argument("--parcel", type=float, default=38, metavar="MIB", help="pack: largest size of a parcel")


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value
