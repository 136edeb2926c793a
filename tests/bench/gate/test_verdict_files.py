from __future__ import annotations

import json

import pytest

from bench.gate.verdict import Finding, Outcome, Verdict, cannot_judge
from bench.gate.verdict_files import to_summary, write_verdict
from bench.stats.intervals import Interval

QUALITY = Finding(
    part="quality",
    subject="SciFact: a_b, nDCG@10",
    outcome=Outcome.PASS,
    reason="a loss is excluded",
    estimate=-0.001,
    interval=Interval(-0.004, 0.002),
    limit=-0.005,
    visible=0.009,
    sample="300 queries, 4 with another value",
)
SPEED = Finding("speed", "a_b", Outcome.FAIL, "slower", 1.15, Interval(1.11, 1.19), 1.07, 1.12)


@pytest.mark.parametrize(
    ("findings", "outcome", "code"),
    [
        ((QUALITY,), Outcome.PASS, 0),
        ((QUALITY, SPEED), Outcome.FAIL, 1),
        ((QUALITY, cannot_judge("speed", "x", "no")), Outcome.UNKNOWN, 3),
        ((SPEED, cannot_judge("speed", "x", "no")), Outcome.FAIL, 1),
        ((), Outcome.UNKNOWN, 3),
    ],
)
def test_the_worst_finding_is_the_verdict(findings, outcome, code):
    verdict = Verdict("a", "b", findings)
    assert (verdict.outcome, verdict.outcome.exit_code) == (outcome, code)


def test_the_summary_shows_numbers_limits_and_power():
    summary = to_summary(Verdict("main", "a | b", (QUALITY, SPEED), ("Mind <this>.",)))
    assert summary.startswith("## Gate: failed\n")
    assert "New: a \\| b. Base: main." in summary
    row = next(line for line in summary.splitlines() if line.startswith("| quality"))
    assert [cell.strip() for cell in row.split("|")[1:-1]] == [
        "quality",
        "SciFact: a\\_b, nDCG@10",
        "pass",
        "-0.0010",
        "-0.0040 to +0.0020",
        "-0.0050",
        "a loss of 0.0090",
    ]
    assert "1.150x | 1.110x to 1.190x | 1.07x | 1.12x |" in summary
    assert "- Mind \\<this\\>." in summary


def test_a_verdict_about_nothing_says_so():
    assert "Nothing was judged." in to_summary(Verdict("a", "b", ()))


def test_files(tmp_path):
    verdict = Verdict("a", "b", (QUALITY, cannot_judge("speed", "x", "no grid")), ("A remark.",))
    write_verdict(verdict, tmp_path / "out")
    written = json.loads((tmp_path / "out" / "verdict.json").read_text())
    assert (written["outcome"], written["exit_code"]) == ("cannot judge", 3)
    assert written["findings"][0]["interval"] == {"low": -0.004, "high": 0.002}
    assert written["findings"][1]["estimate"] is None
    assert (tmp_path / "out" / "summary.md").read_text() == to_summary(verdict)
