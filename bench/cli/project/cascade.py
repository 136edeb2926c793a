"""``cascade``: the number behind ``Ranker(first=...)``, chosen on training queries.

Both models score BM25's candidates of training queries: of a pack's, which choose, and of questions with known answers.
What every rule costs and loses is computed from these logits. They are kept in the folder of results: the same command
goes on where it was stopped.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench.cli.options import RUNS, add_explanation, add_out, at_least_one
from bench.common.exit_codes import ExitCode
from bench.common.terminal import say
from bench.distill.cascade.calibration import calibrate
from bench.distill.cascade.scored_requests import ScoringSettings
from bench.distill.cascade.training_queries import TrainingTexts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_explanation(parser, __doc__)
    parser.add_argument("model", metavar="MODEL", help="the second model: a name, or a directory")
    parser.add_argument("--first", metavar="MODEL", default="nano", help="the first model (default: %(default)s)")
    parser.add_argument(
        "--pack", type=Path, required=True, metavar="DIR", help="numbered texts, as `distill` labels them"
    )
    parser.add_argument(
        "--questions", type=Path, required=True, metavar="DIR", help="*.jsonl files of questions and their answers"
    )
    parser.add_argument(
        "--queries",
        type=at_least_one,
        default=360,
        metavar="N",
        help="queries, from all sources in turn (default: 360)",
    )
    parser.add_argument(
        "--depth", type=at_least_one, default=100, metavar="N", help="candidates per query (default: 100)"
    )
    parser.add_argument(
        "--max-length", type=at_least_one, default=256, metavar="N", help="tokens per pair (default: 256)"
    )
    parser.add_argument(
        "--loss", type=_share, default=0.005, metavar="X", help="the most that nDCG@10 may lose (default: 0.005)"
    )
    add_out(parser, "folder of the logits and the report (default: runs/cascade)")


def run(options: argparse.Namespace, console: Console) -> int:
    """Score, choose and write the report."""
    page = calibrate(
        TrainingTexts(options.pack, options.questions),
        ScoringSettings(options.first, options.model, options.queries, options.depth, options.max_length),
        options.loss,
        options.out or RUNS / "cascade",
        console,
    )
    say(console, f"report: {page}")
    return ExitCode.DONE


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number between 0 and 1")
    return value
