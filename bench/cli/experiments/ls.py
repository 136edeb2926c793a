"""``ls``: the models, datasets, experiments and runs that there are."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.cli.experiments.listing import LISTED, everything
from bench.cli.options import RUNS
from bench.common.exit_codes import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("what", nargs="?", choices=LISTED, help="list only these")


def run(options: argparse.Namespace, console: Console) -> int:
    """Print a table of each kind."""
    for table in everything(RUNS, options.what):
        console.print(table)
    return ExitCode.DONE
