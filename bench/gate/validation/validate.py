"""The gate's promises, which the verb ``gate-validation`` explains, each tried a number of times."""

from __future__ import annotations

import math
from collections.abc import Callable

from rich.console import Console

from bench.common.terminal import say
from bench.experiment.gate_limits import GateSpec
from bench.experiment.schema import Experiment
from bench.gate.validation.trials import Trial, against_itself, losing_quality, slowed_down
from bench.gate.verdict import Finding, Outcome

#: Share of the runs that may go wrong.
TOLERATED = 1 / 20

#: Name -> one run of it, and whether the gate has to fail.
PROMISES: dict[str, tuple[Callable[[Experiment, GateSpec, int], Trial], bool]] = {
    "aa": (against_itself, False),
    "slowdown": (slowed_down, True),
    "quality": (losing_quality, True),
}


def validate(promise: str, experiment: Experiment, limits: GateSpec, runs: int, console: Console) -> bool:
    """Try one of ``PROMISES`` a number of times, print a line each, and tell whether it holds.

    Args:
        promise: Its name.
        experiment: What the gate runs.
        limits: The limits of the gate.
        runs: How often it is tried; one run in twenty may go wrong.
        console: Where it is printed.

    Raises:
        BenchError: The experiment has nothing to try it on.
    """
    trial, must_fail = PROMISES[promise]
    wrong = 0
    for run in range(runs):
        result = trial(experiment, limits, run)
        wrong += not (_is_caught(result) if must_fail else result.outcome is not Outcome.FAIL)
        for finding in result.findings:
            line = (
                f"{promise} {run + 1}/{runs}: {finding.part}, {finding.subject}: {finding.outcome}{_numbers(finding)}"
            )
            say(console, f"{line}, {result.seconds:.0f} s")
    allowed = math.floor(runs * TOLERATED)
    what = f"{runs - wrong} of {runs} caught" if must_fail else f"{wrong} of {runs} alarms"
    held = wrong <= allowed
    say(console, f"{promise}: {what}; {'holds' if held else 'does not hold'} (tolerated: {allowed} wrong)")
    return held


def _is_caught(result: Trial) -> bool:
    """Tell whether everything failed: a gate that is blind to one model of several is wrong about it."""
    return bool(result.findings) and all(finding.outcome is Outcome.FAIL for finding in result.findings)


def _numbers(finding: Finding) -> str:
    if finding.estimate is None or finding.interval is None:
        return f" ({finding.reason})"
    interval = f"{finding.interval.low:.4f} to {finding.interval.high:.4f}"
    return f", {finding.estimate:.4f} ({interval}; fails from {finding.visible:.4f}; {finding.sample})"
