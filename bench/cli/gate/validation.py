"""``gate-validation``: the three things that the gate promises, tried a number of times.

aa         this checkout against itself: at most one alarm in 20 runs
slowdown   15 % added to the scoring of the new version: caught at every model in at least 19 of 20
quality    rankings that lose .01 of the measure: caught in at least 19 of 20
"""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.cli.options import add_explanation, add_models, at_least_one, named_experiment
from bench.common.exit_codes import ExitCode
from bench.gate.jobs import select_judged
from bench.gate.validation.validate import PROMISES, validate
from bench.run.fetch import fetch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_explanation(parser, __doc__)
    parser.add_argument("promise", choices=PROMISES, help="what is tried")
    parser.add_argument(
        "--runs", type=at_least_one, metavar="N", default=20, help="how often it is tried (default: 20)"
    )
    parser.add_argument("--experiment", default="quickstart", help="what the gate runs (default: quickstart)")
    add_models(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    """Try one promise."""
    experiment, _ = fetch(select_judged(named_experiment(options), models=options.models))
    holds = validate(options.promise, experiment, experiment.gate, options.runs, console)
    return ExitCode.DONE if holds else ExitCode.FAILED
