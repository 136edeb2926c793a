"""The command line: run, validate, report, ls, fetch, compare, gate, baseline, stability, readme."""

from __future__ import annotations

import argparse
import logging
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from rich.console import Console

from bench.cli.arguments import at_least_one, parts
from bench.cli.gate import add_parsers as add_gate_parsers
from bench.cli.stability import add_parser as add_stability_parser
from bench.common.errors import BenchError
from bench.common.terminal import escape_unencodable
from bench.data.collections.catalog import PUBLISHED, find_published
from bench.data.collections.published_folder import PublishedFolder, collections_dir
from bench.experiment.file import find_experiment, load_experiment
from bench.experiment.schema import Experiment
from bench.results.folder import RunDirectory
from bench.results.run_results import RunResults
from flashrank import FlashRankError

RUNS = Path("runs")

# Output that goes to a file or a pipe has no width of its own, and rich would assume 80 columns.
_WIDTH_OF_A_FILE = 160

#: Exit codes.
OK, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 is done, or passed; 1 failed (a gate, a check); 2 refused or impossible; 3 cannot be judged; 130 interrupted.
    """
    escape_unencodable()
    options = _parser().parse_args(arguments)
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_FILE
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    signal.signal(signal.SIGTERM, _interrupt)
    logging.getLogger("flashrank").addHandler(logging.StreamHandler())
    try:
        return int(options.command(options, console))
    except (BenchError, FlashRankError) as error:
        errors.print(f"bench: {error}")
        return REFUSED
    except OSError as error:
        errors.print(f"bench: {error}; what was finished is kept, and the same command goes on from there")
        return REFUSED
    except KeyboardInterrupt:
        words = sys.argv[1:] if arguments is None else arguments
        errors.print(f"bench: interrupted; to go on from here: python -m bench {shlex.join(words)}")
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure rerankers: quality and latency.")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    run = verbs.add_parser("run", help="run an experiment, or go on with it, and draw its report")
    _add_selection(run)
    run.add_argument("--out", type=Path, metavar="DIR", help="folder of results (default: runs/NAME)")
    run.add_argument("--skip-unavailable", action="store_true", help="leave out what cannot be had")
    run.set_defaults(command=_run)

    validate = verbs.add_parser("validate", help="check an experiment and what it needs, without running it")
    _add_selection(validate)
    validate.set_defaults(command=_validate)

    report = verbs.add_parser("report", help="draw the report of a run again, from its files")
    report.add_argument("run", metavar="RUN", help="folder of results, or the name of one in runs/")
    report.add_argument("--against", metavar="RUN", help="other results to show beside them in report.html")
    report.set_defaults(command=_report)

    ls = verbs.add_parser("ls", help="list models, datasets, experiments and runs")
    ls.add_argument("what", nargs="?", choices=("models", "datasets", "experiments", "runs"), help="only these")
    ls.set_defaults(command=_ls)

    fetch = verbs.add_parser("fetch", help="fetch collections that published numbers are measured on, and check them")
    fetch.add_argument("names", nargs="+", metavar="NAME", help=", ".join(PUBLISHED))
    fetch.set_defaults(command=_fetch)

    add_gate_parsers(verbs, RUNS)
    add_stability_parser(verbs, RUNS)

    readme = verbs.add_parser("readme", help="fill the README's tables and charts from the results in reports/")
    readme.add_argument(
        "--check", action="store_true", help="change nothing; fail if they are stale, or not of one clean commit"
    )
    readme.set_defaults(command=_readme)
    return parser


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a YAML file, or the name of one in eval_configs/")
    parser.add_argument(
        "--limit",
        type=at_least_one,
        metavar="N",
        help="a trial, in a folder of its own: at most N queries of each dataset, a tenth of N (rounded up) of the "
        "sweep's timed queries and of its repeats, N repeats of each latency setting, in N seconds",
    )
    parser.add_argument(
        "--only",
        type=parts,
        default=(),
        metavar="PARTS",
        help="only these, commas between: quality, sweep (with the quality it starts from), latency; what is left out "
        "can be run later into the same folder",
    )
    parser.add_argument("--models", action="append", default=[], metavar="NAME", help="only this model (repeatable)")
    parser.add_argument("--datasets", action="append", default=[], metavar="ID", help="only this dataset (repeatable)")


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _run(options: argparse.Namespace, console: Console) -> int:
    from bench.report.write import print_summary
    from bench.run.estimate import estimate
    from bench.run.execute import run_experiment
    from bench.run.fetch import fetch, with_stand_ins

    experiment, name = _selected(options)
    out = RunDirectory(options.out or RUNS / name)
    with out.open():
        experiment = with_stand_ins(experiment)
        available, left_out = fetch(experiment, skip_unavailable=options.skip_unavailable, command=_words(options))
        for line in left_out:
            console.print(f"left out: {line}", highlight=False, markup=False)
        out.record(experiment)
        console.print(str(estimate(available, out)), highlight=False, markup=False, soft_wrap=True)
        clock = run_experiment(available, out, console)
        results = out.load()
        report = _draw(out, results)
    print_summary(results, console)
    if clock.reranking:
        console.print(
            f"{clock.reranking:.1f} s of reranking, and {clock.beside:.1f} s for data, candidates, models and measures",
            highlight=False,
        )
    console.print(f"report: {report}", highlight=False, markup=False)
    return OK


def _validate(options: argparse.Namespace, console: Console) -> int:
    from bench.cli.listing import needs_table

    experiment, _ = _selected(options)
    table, complete, problems = needs_table(experiment)
    console.print(table)
    if problems:
        for problem in problems:
            console.print(problem, highlight=False, markup=False, soft_wrap=True)
        console.print("not everything can be had, so `run` would refuse")
        return REFUSED
    console.print("ready to run" if complete else "not everything is here; `run` would fetch what it can")
    return OK


def _report(options: argparse.Namespace, console: Console) -> int:
    from bench.report.write import print_summary

    out = _found(options.run)
    results = out.load()
    report = _draw(out, results, _found(options.against).load() if options.against else None)
    print_summary(results, console)
    console.print(f"report: {report}", highlight=False, markup=False)
    return OK


def _ls(options: argparse.Namespace, console: Console) -> int:
    from bench.cli.listing import everything

    for table in everything(RUNS, options.what):
        console.print(table)
    return OK


def _fetch(options: argparse.Namespace, console: Console) -> int:
    for row in [find_published(name) for name in options.names]:
        folder = PublishedFolder(row.name, row, collections_dir())
        folder.queries()
        console.print(f"{row.name}: {folder.path} (licence: {row.licence})", highlight=False, markup=False)
    return OK


def _readme(options: argparse.Namespace, console: Console) -> int:
    from bench.publish.published import refused
    from bench.publish.readme import stale, update

    problems = refused() if options.check else []
    lines = stale() if options.check else [f"changed: {path}" for path in update()]
    for line in (*(f"refused: {problem}" for problem in problems), *lines):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if options.check and lines:
        console.print("make them again with: python -m bench readme", highlight=False)
    if options.check and (lines or problems):
        return FAILED
    console.print("README.md and its pictures are up to date", highlight=False)
    return OK


def _selected(options: argparse.Namespace) -> tuple[Experiment, str]:
    """Return the experiment as narrowed by the options, and the default name of its folder of results."""
    experiment = load_experiment(find_experiment(options.experiment))
    experiment = experiment.select(
        datasets=options.datasets, models=options.models, limit=options.limit, parts=options.only
    )
    # A trial run must not overwrite the results of the whole one.
    return experiment, experiment.name if options.limit is None else f"{experiment.name}-limit{options.limit}"


def _words(options: argparse.Namespace) -> list[str]:
    """Return the words of a run but for those that narrow it to datasets, models and parts."""
    words = ["python", "-m", "bench", "run", options.experiment]
    words += ["--limit", str(options.limit)] if options.limit is not None else []
    return [*words, "--out", str(options.out)] if options.out is not None else words


def _found(argument: str) -> RunDirectory:
    """Return a folder of results by its path, or by its name in runs/."""
    path = Path(argument)
    return RunDirectory(path if path.is_dir() or path.parent != Path() else RUNS / path)


def _draw(out: RunDirectory, results: RunResults, other: RunResults | None = None) -> Path:
    """Draw the report into the folder of results and return its page."""
    from bench.report.write import write_report

    directory = out.path / "report"
    write_report(results, directory, other)
    return directory / "report.html"
