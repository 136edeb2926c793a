"""``gate``: this checkout judged against another commit."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.cli.gate.conclusion import add_verdict_options, conclude, parts_to_judge
from bench.cli.options import add_datasets, add_experiment, add_models, named_experiment
from bench.gate.checkouts import installed_base, this_checkout
from bench.gate.compare_versions import compare_versions
from bench.gate.jobs import select_judged
from bench.run.fetch import fetch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_experiment(parser, default="quickstart")
    parser.add_argument("--base", required=True, metavar="REF", help="the commit to judge against")
    add_models(parser)
    add_datasets(parser)
    add_verdict_options(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    """Measure both versions in turn, judge this one and print the verdict."""
    experiment = select_judged(named_experiment(options), datasets=options.datasets, models=options.models)
    with console.status("both versions take turns"), installed_base(options.base) as base:
        experiment, _ = fetch(experiment)
        verdict = compare_versions(experiment, experiment.gate, base, this_checkout(), parts=parts_to_judge(options))
    return conclude(verdict, options, console)
