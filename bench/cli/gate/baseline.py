"""``baseline``: the quality of this checkout, measured and written down for later gates."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench.cli.options import RUNS, add_experiment, add_out, named_experiment
from bench.common.exit_codes import ExitCode
from bench.common.terminal import say
from bench.gate.baseline import write_baseline
from bench.gate.evidence import read_run_evidence
from bench.results.folder import RunDirectory
from bench.run.execute import run_experiment
from bench.run.fetch import fetch

_BASELINES = Path("reports/baseline")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_experiment(parser, default="quickstart")
    add_out(parser, f"folder of the baseline (default: {_BASELINES.as_posix()}/NAME)")


def run(options: argparse.Namespace, console: Console) -> int:
    """Measure the quality and write the baseline."""
    experiment = named_experiment(options).model_copy(update={"latency": None, "sweep": None})
    results = RunDirectory(RUNS / f"{experiment.name}-baseline")
    with results.open():
        available, _ = fetch(experiment)
        results.record(available)
        run_experiment(available, results, console)
    folder = options.out or _BASELINES / experiment.name
    write_baseline(read_run_evidence(results.path), folder)
    say(console, f"baseline: {folder}; review what changed with: git diff {folder}")
    return ExitCode.DONE
