"""``merge``: results of one experiment that was run in parts, put together in one folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench.cli.options import results_folder
from bench.common.exit_codes import ExitCode
from bench.common.terminal import say
from bench.common.words import count_of
from bench.experiment.file import find_experiment, load_experiment
from bench.provenance.comparability import examine
from bench.results.merge import merge_results
from bench.results.reader import read_results


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder to make")
    parser.add_argument(
        "folders", type=results_folder, nargs="+", metavar="RUN", help="folder of results, or the name of one in runs/"
    )
    parser.add_argument(
        "--experiment",
        metavar="EXPERIMENT",
        help="the experiment of which these are parts; what none of them has is then missing (default: what they have "
        "together)",
    )


def run(options: argparse.Namespace, console: Console) -> int:
    """Merge the results, and say what keeps their rows from being compared."""
    whole = load_experiment(find_experiment(options.experiment)) if options.experiment else None
    cells = merge_results(options.out, options.folders, whole)
    results = read_results(options.out)
    findings = examine(results.provenance)
    lines = [
        f"merged {count_of(cells, 'cell')} of {count_of(len(options.folders), 'folder')}: {options.out}",
        *(f"missing: {cell}" for cell in results.missing),
        *(f"not comparable: {error}" for error in findings.errors),
        *findings.notes,
        f"draw the report: python -m bench report {options.out}",
    ]
    for line in lines:
        say(console, line)
    return ExitCode.DONE
