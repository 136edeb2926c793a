"""``validate``: whether an experiment could run here, without running it."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.cli.experiments.listing import needs_table
from bench.cli.options import add_selection, selected_experiment
from bench.common.exit_codes import ExitCode
from bench.common.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_selection(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    """Print what the experiment needs, and what of it is here."""
    table, complete, problems = needs_table(selected_experiment(options))
    console.print(table)
    if problems:
        for problem in problems:
            say(console, problem)
        console.print("not everything can be had, so `run` would refuse")
        return ExitCode.REFUSED
    console.print("ready to run" if complete else "not everything is here; `run` would fetch what it can")
    return ExitCode.DONE
