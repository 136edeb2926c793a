"""The verbs ``compare``, ``gate`` and ``baseline`` of the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from bench.gate.verdict import Part, Verdict

_EPILOG = "exit codes: 0 pass, 1 fail, 2 refused, 3 cannot judge"
_PARTS: tuple[Part, ...] = ("quality", "speed")
_BASELINES = Path("reports/baseline")


def add_parsers(verbs: argparse._SubParsersAction[argparse.ArgumentParser], runs: Path) -> None:
    """Add the verbs; their ``command`` takes the parsed options and a console and returns the exit code.

    Args:
        verbs: What the command line's verbs are added to.
        runs: Where folders of results lie that are given by name.
    """
    compare = verbs.add_parser("compare", help="judge results against earlier ones", epilog=_EPILOG)
    compare.add_argument("base", metavar="BASE", help="folder of results or baseline, or a name in runs/")
    compare.add_argument("new", metavar="NEW", help="the results to judge")
    _add_verdict_options(compare)
    compare.set_defaults(command=_compare, runs=runs)

    gate = verbs.add_parser("gate", help="judge this checkout against another commit", epilog=_EPILOG)
    gate.add_argument("experiment", metavar="EXPERIMENT", nargs="?", default="quickstart", help="default: quickstart")
    gate.add_argument("--base", required=True, metavar="REF", help="the commit to hold it against")
    gate.add_argument("--models", action="append", default=[], metavar="NAME", help="only this model (repeatable)")
    gate.add_argument("--datasets", action="append", default=[], metavar="ID", help="only this dataset (repeatable)")
    _add_verdict_options(gate)
    gate.set_defaults(command=_gate)

    baseline = verbs.add_parser("baseline", help="measure this checkout's quality and write it down as the baseline")
    baseline.add_argument("experiment", metavar="EXPERIMENT", nargs="?", default="quickstart")
    baseline.add_argument("--out", type=Path, metavar="DIR", help=f"default: {_BASELINES.as_posix()}/NAME")
    baseline.set_defaults(command=_baseline, runs=runs)


def _add_verdict_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", choices=_PARTS, help="judge this alone")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for summary.md and verdict.json")


def _parts(options: argparse.Namespace) -> tuple[Part, ...]:
    return _PARTS if options.only is None else (options.only,)


def _compare(options: argparse.Namespace, console: Console) -> int:
    from bench.gate.baseline import read_evidence
    from bench.gate.compare_results import compare_results

    base, new = (read_evidence(_folder(argument, options.runs)) for argument in (options.base, options.new))
    return _conclude(compare_results(base, new, _parts(options)), options, console)


def _gate(options: argparse.Namespace, console: Console) -> int:
    from bench.experiment.file import find_experiment, load_experiment
    from bench.gate.checkouts import installed_base, this_checkout
    from bench.gate.compare_versions import compare_versions
    from bench.run.fetch import fetch

    experiment = load_experiment(find_experiment(options.experiment))
    experiment = experiment.select(datasets=options.datasets, models=options.models)
    with console.status("both versions take turns"), installed_base(options.base) as base:
        experiment, _ = fetch(experiment)
        verdict = compare_versions(experiment, experiment.gate, base, this_checkout(), parts=_parts(options))
    return _conclude(verdict, options, console)


def _baseline(options: argparse.Namespace, console: Console) -> int:
    from bench.experiment.file import find_experiment, load_experiment
    from bench.gate.baseline import write_baseline
    from bench.gate.evidence import read_run
    from bench.results.folder import RunDirectory
    from bench.run.execute import run_experiment
    from bench.run.fetch import fetch

    experiment = load_experiment(find_experiment(options.experiment))
    experiment = experiment.model_copy(update={"latency": None, "sweep": None})
    results = RunDirectory(options.runs / f"{experiment.name}-baseline")
    with results.open():
        available, _ = fetch(experiment)
        results.record(available)
        run_experiment(available, results, console)
    folder = options.out or _BASELINES / experiment.name
    write_baseline(read_run(results.path), folder)
    console.print(f"baseline: {folder}; review what changed with: git diff {folder}", highlight=False, markup=False)
    return 0


def _folder(argument: str, runs: Path) -> Path:
    path = Path(argument)
    return path if path.is_dir() or path.parent != Path() else runs / path


def _conclude(verdict: Verdict, options: argparse.Namespace, console: Console) -> int:
    from bench.gate.verdict_files import to_summary, write_verdict

    console.print(to_summary(verdict), end="", highlight=False, markup=False, soft_wrap=True)
    if options.out is not None:
        write_verdict(verdict, options.out)
    return verdict.outcome.exit_code
