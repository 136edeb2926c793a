"""``report``: the report of a run, drawn again from its files."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.cli.options import add_formats, results_folder
from bench.common.exit_codes import ExitCode
from bench.common.terminal import say
from bench.report.console_summary import print_summary
from bench.report.write import write_report
from bench.results.reader import read_results


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "folder", type=results_folder, metavar="RUN", help="folder of results, or the name of one in runs/"
    )
    parser.add_argument(
        "--against", type=results_folder, metavar="RUN", help="other results to show beside them in report.html"
    )
    add_formats(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    """Draw the report into the folder of results."""
    results = read_results(options.folder)
    other = read_results(options.against) if options.against is not None else None
    page = options.folder / "report" / "report.html"
    write_report(results, page.parent, other, latex=options.latex, png=options.png)
    print_summary(results, console)
    say(console, f"report: {page}")
    return ExitCode.DONE
