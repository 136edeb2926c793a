"""``readme``: the tables and charts of README.md and other documents, filled from the results in ``reports/``."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.common.exit_codes import ExitCode
from bench.common.terminal import say
from bench.publish.clean_commits import refused
from bench.publish.readme import stale, update


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "--check",
        action="store_true",
        help="change nothing; fail if a table or a chart is stale, or if the results are not of one clean commit",
    )


def run(options: argparse.Namespace, console: Console) -> int:
    """Fill them, or check them."""
    problems = refused() if options.check else []
    lines = stale() if options.check else [f"changed: {path}" for path in update()]
    for line in (*(f"refused: {problem}" for problem in problems), *lines):
        say(console, line)
    if options.check and lines:
        say(console, "make them again with: python -m bench readme")
    if options.check and (lines or problems):
        return ExitCode.FAILED
    say(console, "all tables and charts are up to date")
    return ExitCode.DONE
