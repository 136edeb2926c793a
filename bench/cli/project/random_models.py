"""``random-models check``: a model of random weights against a real one of the same shape.

The operators of both graphs must be the same, in the files and in what onnxruntime runs, and so must the CPU times of
requests that both answer in turn.
"""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.cli.options import add_cache_dir, add_explanation, at_least_one
from bench.common.exit_codes import ExitCode
from bench.studies.random_model_check import check


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_explanation(parser, __doc__)
    command = parser.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "check", help="compare one with a real model"
    )
    add_explanation(command, __doc__)
    command.add_argument("--against", required=True, metavar="MODEL", help="a real model, by name or directory")
    add_cache_dir(command)
    command.add_argument(
        "--tokens",
        type=at_least_one,
        nargs="+",
        metavar="N",
        default=[16, 32, 64, 128, 256, 512],
        help="tokens per pair, one setting for each (default: 16 32 64 128 256 512)",
    )
    command.add_argument(
        "--passages", type=at_least_one, metavar="N", default=10, help="passages per request (default: 10)"
    )
    command.add_argument(
        "--turns", type=at_least_one, metavar="N", default=20, help="requests to each model (default: 20)"
    )


def run(options: argparse.Namespace, console: Console) -> int:
    """Check one."""
    faithful = check(options.against, options.cache_dir, options.tokens, options.passages, options.turns, console)
    return ExitCode.DONE if faithful else ExitCode.FAILED
