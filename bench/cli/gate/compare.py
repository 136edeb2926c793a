"""``compare``: results judged against earlier ones."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.cli.gate.conclusion import add_verdict_options, conclude, parts_to_judge
from bench.cli.options import results_folder
from bench.gate.baseline import read_evidence
from bench.gate.compare_results import compare_results


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    for name, what in (("base", "the results to judge against"), ("new", "the results to judge")):
        where = f"{what}: a folder of results, a baseline, or a name in runs/"
        parser.add_argument(name, type=results_folder, metavar=name.upper(), help=where)
    add_verdict_options(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    """Judge the results and print the verdict."""
    base, new = read_evidence(options.base), read_evidence(options.new)
    return conclude(compare_results(base, new, parts_to_judge(options)), options, console)
