"""What the verbs that end with a verdict share."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.cli.options import add_out
from bench.common.exit_codes import EXIT_CODES
from bench.common.terminal import say
from bench.gate.verdict import JUDGED_PARTS, JudgedPart, Verdict
from bench.gate.verdict_files import to_summary, write_verdict


def add_verdict_options(parser: argparse.ArgumentParser) -> None:
    """Add the options on what is judged and where the verdict is written."""
    parser.add_argument("--only", choices=JUDGED_PARTS, help="judge only this")
    add_out(parser, "folder to write summary.md and verdict.json to (default: none)")
    parser.epilog = EXIT_CODES


def parts_to_judge(options: argparse.Namespace) -> tuple[JudgedPart, ...]:
    """Return what the options ask to judge."""
    return JUDGED_PARTS if options.only is None else (options.only,)


def conclude(verdict: Verdict, options: argparse.Namespace, console: Console) -> int:
    """Print the verdict, write it where that is asked for, and return its exit code."""
    say(console, to_summary(verdict).rstrip())
    if options.out is not None:
        write_verdict(verdict, options.out)
    return verdict.outcome.exit_code
