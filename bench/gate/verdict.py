"""Findings, and the verdict that they make together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bench.common.exit_codes import ExitCode
from bench.stats.intervals import Interval

JudgedPart = Literal["quality", "speed"]

#: What of a version can be judged, in the order of a summary.
JUDGED_PARTS: tuple[JudgedPart, ...] = ("quality", "speed")


class Outcome(StrEnum):
    """What a finding or a verdict says."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "cannot judge"

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of a command that ends with it."""
        codes = {
            Outcome.PASS: ExitCode.DONE,
            Outcome.FAIL: ExitCode.FAILED,
            Outcome.UNKNOWN: ExitCode.CANNOT_JUDGE,
        }
        return codes[self]


@dataclass(frozen=True)
class Finding:
    """One thing judged.

    Attributes:
        part: Quality or speed.
        subject: What it is about, such as a dataset and a model.
        outcome: Pass, fail, or cannot judge.
        reason: One sentence on why.
        estimate: Quality: mean difference of the measure, new minus base. Speed: ratio of times, new over base.
            None where nothing could be measured.
        interval: Its bounds, each one-sided.
        limit: What the interval is held against: ``-margin``, or the largest ratio tolerated.
        visible: Power: the smallest loss (as a positive number) or ratio that would fail with probability 0.8.
        sample: What it was judged on.
    """

    part: JudgedPart
    subject: str
    outcome: Outcome
    reason: str
    estimate: float | None = None
    interval: Interval | None = None
    limit: float | None = None
    visible: float | None = None
    sample: str = ""


@dataclass(frozen=True)
class Verdict:
    """Everything judged, and what a reader has to know about it.

    Attributes:
        base: What the base is.
        new: What is judged.
        findings: One a dataset and model, for each part.
        remarks: What else there is to know, one sentence each.
    """

    base: str
    new: str
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Fail if anything failed; pass if something was judged and all of it passed."""
        outcomes = {finding.outcome for finding in self.findings}
        if Outcome.FAIL in outcomes:
            return Outcome.FAIL
        return Outcome.PASS if outcomes == {Outcome.PASS} else Outcome.UNKNOWN


def cannot_judge(part: JudgedPart, subject: str, reason: str) -> Finding:
    """Return a finding on what could not be measured or compared."""
    return Finding(part, subject, Outcome.UNKNOWN, reason)
