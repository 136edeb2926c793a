"""A verdict as a person reads it (Markdown) and as a program does (JSON)."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from bench.gate.judge_quality import TYPICAL_SPREAD
from bench.gate.verdict import Finding, Outcome, Verdict
from bench.report.tables.table import Table
from bench.report.tables.writers import escape_markdown, to_markdown
from bench.report.values.text import NOTHING

_HEADINGS = {Outcome.PASS: "passed", Outcome.FAIL: "failed", Outcome.UNKNOWN: "cannot judge"}


def write_verdict(verdict: Verdict, folder: Path) -> None:
    """Write ``summary.md`` and ``verdict.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.md").write_text(to_summary(verdict), encoding="utf-8")
    (folder / "verdict.json").write_text(json.dumps(to_json(verdict), indent=1) + "\n", encoding="utf-8")


def to_json(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as JSON values, every number at full precision."""
    return {"outcome": verdict.outcome, "exit_code": verdict.outcome.exit_code, **asdict(verdict)}


def to_summary(verdict: Verdict) -> str:
    """Return the verdict as Markdown: the outcome, a table of what was judged, the reasons, and remarks."""
    head = [
        f"## Gate: {_HEADINGS[verdict.outcome]}",
        f"New: {escape_markdown(verdict.new)}. Base: {escape_markdown(verdict.base)}.",
    ]
    remarks = [f"- {escape_markdown(remark)}" for remark in verdict.remarks]
    if not verdict.findings:
        return "\n\n".join([*head, "Nothing was judged.", *_block(remarks)]) + "\n"
    reasons = [
        f"- {finding.part}, {escape_markdown(finding.subject)}: **{finding.outcome}**, "
        f"{escape_markdown(finding.reason)}{_on(finding)}."
        for finding in verdict.findings
    ]
    measured = any(finding.estimate is not None for finding in verdict.findings)
    legend = (
        "Each end of an interval is a one-sided bound, at the error that the experiment states. \u201cFails from\u201d "
        "is the power of this comparison: the smallest loss or slowdown that fails in four of five cases. Where no "
        f"query has another value, a standard deviation over queries of {TYPICAL_SPREAD:g} is assumed for it."
    )
    blocks = [*head, to_markdown(_table(verdict)).rstrip(), *_block(reasons), *([legend] if measured else [])]
    return "\n\n".join([*blocks, *_block(remarks)]) + "\n"


def _block(lines: list[str]) -> list[str]:
    return ["\n".join(lines)] if lines else []


def _on(finding: Finding) -> str:
    return f" ({escape_markdown(finding.sample)})" if finding.sample else ""


def _table(verdict: Verdict) -> Table:
    rows = [(f.part, f.subject, f.outcome.value, *_cells(f)) for f in verdict.findings]
    columns = ["part", "what", "outcome", "new against base", "interval", "limit", "fails from"]
    return Table("gate", "What was judged.", pd.DataFrame(rows, columns=columns, dtype=object))


def _cells(finding: Finding) -> tuple[str, str, str, str]:
    if finding.estimate is None or finding.interval is None or finding.limit is None or finding.visible is None:
        return (NOTHING,) * 4
    low, high = finding.interval.low, finding.interval.high
    if finding.part == "quality":
        return (
            f"{finding.estimate:+.4f}",
            f"{low:+.4f} to {high:+.4f}",
            f"{finding.limit:+.4f}",
            f"a loss of {finding.visible:.4f}",
        )
    return (
        f"{finding.estimate:.3f}x",
        f"{low:.3f}x to {high:.3f}x",
        f"{finding.limit:.2f}x",
        f"{finding.visible:.2f}x",
    )
