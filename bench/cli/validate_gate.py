"""``python -m bench.gate.validation``: the three things that the gate promises, tried a number of times.

aa         this checkout against itself: at most one alarm in 20 runs
slowdown   15 % added to the scoring of one side: caught in at least 19 of 20
quality    rankings that lose .01 of the measure: caught in at least 19 of 20
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence

from rich.console import Console

from bench.common.errors import BenchError
from bench.experiment.file import find_experiment, load_experiment
from bench.experiment.gate_limits import GateSpec
from bench.experiment.schema import Experiment
from bench.gate.validation.trials import Trial, against_itself, losing_quality, slowed_down
from bench.gate.verdict import Finding, Outcome
from bench.run.fetch import fetch
from flashrank import FlashRankError
from flashrank._terminal import escape_unencodable

#: The share of runs that may go wrong.
TOLERATED = 1 / 20

_TRIALS: dict[str, tuple[Callable[[Experiment, GateSpec, int], Trial], bool]] = {
    "aa": (against_itself, False),
    "slowdown": (slowed_down, True),
    "quality": (losing_quality, True),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one proof and return 0 if it holds, 1 if not, 2 for a user's mistake."""
    escape_unencodable()
    parser = argparse.ArgumentParser(
        prog="python -m bench.gate.validation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("proof", choices=_TRIALS)
    parser.add_argument(
        "--runs", type=int, choices=range(1, 1001), metavar="N", default=20, help="how often it is tried (default: 20)"
    )
    parser.add_argument("--experiment", default="quickstart", help="what the gate runs (default: quickstart)")
    parser.add_argument("--models", action="append", default=[], metavar="NAME", help="only this model (repeatable)")
    options = parser.parse_args(arguments)
    try:
        experiment = load_experiment(find_experiment(options.experiment)).select(models=options.models)
        experiment, _ = fetch(experiment)
        return prove(options.proof, experiment, experiment.gate, options.runs, Console())
    except (BenchError, FlashRankError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


def prove(proof: str, experiment: Experiment, limits: GateSpec, runs: int, console: Console) -> int:
    """Try ``proof`` a number of times, a line each; return 0 if the gate was wrong no oftener than tolerated."""
    trial, must_fail = _TRIALS[proof]
    wrong = 0
    for run in range(runs):
        result = trial(experiment, limits, run)
        wrong += (result.outcome is Outcome.FAIL) != must_fail
        for finding in result.findings:
            line = f"{proof} {run + 1}/{runs}: {finding.part}, {finding.subject}: {finding.outcome}{_numbers(finding)}"
            console.print(f"{line}, {result.seconds:.0f} s", highlight=False, markup=False, soft_wrap=True)
    allowed = math.floor(runs * TOLERATED)
    what = f"{runs - wrong} of {runs} caught" if must_fail else f"{wrong} of {runs} alarms"
    held = wrong <= allowed
    console.print(f"{proof}: {what}; {'holds' if held else 'does not hold'} (tolerated: {allowed} wrong)")
    return 0 if held else 1


def _numbers(finding: Finding) -> str:
    if finding.estimate is None or finding.interval is None:
        return f" ({finding.reason})"
    interval = f"{finding.interval.low:.4f} to {finding.interval.high:.4f}"
    return f", {finding.estimate:.4f} ({interval}; fails from {finding.visible:.4f}; {finding.sample})"


if __name__ == "__main__":
    sys.exit(main())
