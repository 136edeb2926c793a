"""``run``: measure what an experiment asks for and what is not measured yet, and draw its report."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.cli.options import RUNS, add_formats, add_out, add_selection, selected_experiment
from bench.common.exit_codes import ExitCode
from bench.common.terminal import say
from bench.report.console_summary import print_summary
from bench.report.write import write_report
from bench.results.folder import RunDirectory
from bench.run.estimate import estimate
from bench.run.execute import run_experiment
from bench.run.fetch import fetch, with_stand_ins


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_selection(parser)
    add_out(parser, "folder of results (default: runs/NAME)")
    parser.add_argument("--skip-unavailable", action="store_true", help="leave out what cannot be had")
    add_formats(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    """Run the experiment, or go on with it."""
    experiment = selected_experiment(options)
    # A trial must not overwrite the results of the whole experiment.
    name = experiment.name if options.limit is None else f"{experiment.name}-limit{options.limit}"
    out = RunDirectory(options.out or RUNS / name)
    page = out.path / "report" / "report.html"
    with out.open():
        experiment = with_stand_ins(experiment)
        available, left_out = fetch(experiment, skip_unavailable=options.skip_unavailable, command=_words(options))
        for line in left_out:
            say(console, f"left out: {line}")
        out.record(experiment)
        say(console, str(estimate(available, out)))
        clock = run_experiment(available, out, console)
        results = out.load()
        write_report(results, page.parent, latex=options.latex, png=options.png)
    print_summary(results, console)
    if clock.reranking:
        beside = f"{clock.beside:.1f} s for data, candidates, models and measures"
        say(console, f"{clock.reranking:.1f} s of reranking, and {beside}")
    say(console, f"report: {page}")
    return ExitCode.DONE


def _words(options: argparse.Namespace) -> list[str]:
    """Return the words of the command but for those that narrow it to datasets, models and parts."""
    words = ["python", "-m", "bench", "run", options.experiment]
    words += ["--limit", str(options.limit)] if options.limit is not None else []
    words += ["--out", str(options.out)] if options.out is not None else []
    return [*words, *(f"--{name}" for name in ("latex", "png") if getattr(options, name))]
