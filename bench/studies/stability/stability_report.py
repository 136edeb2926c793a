"""The findings as files: Markdown to read, CSV with a few digits more, JSON with the machine's fingerprint."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.common.words import count_of
from bench.report.tables.table import Format, Table
from bench.report.tables.writers import escape_markdown, to_csv, to_markdown
from bench.report.values.fingerprint import machine_rows
from bench.report.values.text import milliseconds, p_value, score, thousands
from bench.stats.intervals import holm
from bench.studies.stability.agreement import Found
from bench.studies.stability.judged_requests import JudgedRequests
from bench.studies.stability.saturation import Saturation, saturation_table
from bench.studies.stability.variants import Scored


def logits_table(found: Found) -> Table:
    """Return how far logits and ranks differ."""
    rows = [
        (
            *(contrast.question, contrast.new, contrast.base),
            *(agreement.equal, agreement.mean, agreement.p95, agreement.largest),
            *(agreement.tau, agreement.overlap, agreement.moved),
        )
        for contrast, agreement in found
    ]
    columns = ["what changes", "this", "against"]
    numbers: dict[str, Format] = {
        "equal to the bit": _share,
        "mean |diff|": _difference,
        "p95 |diff|": _difference,
        "max |diff|": _difference,
        "Kendall tau": "{:.4f}".format,
        "top-10 overlap": score,
        "ranks moved": _share,
    }
    return Table(
        name="agreement",
        caption="Logits and ranks of the same pairs, scored in two ways.",
        frame=pd.DataFrame(rows, columns=[*columns, *numbers]),
        formats=numbers,
        remarks=(
            "Differences are of logits. Kendall's tau (tau-b) and the overlap of the top 10 are means over queries, "
            "the overlap over those with more than ten candidates.",
        ),
    )


def quality_table(found: Found) -> Table:
    """Return what the differences do to nDCG@10."""
    p_values = [agreement.comparison.p_permutation for _, agreement in found]
    # One query is no evidence, so there is nothing to correct.
    corrected = p_values if any(math.isnan(p) for p in p_values) else holm(p_values)
    intervals = [agreement.comparison.interval for _, agreement in found]
    rows = [
        (
            *(contrast.question, agreement.comparison.n, agreement.ndcg, agreement.base_ndcg),
            *(agreement.comparison.difference, p),
            *(agreement.comparison.wins, agreement.comparison.ties, agreement.comparison.losses),
        )
        for (contrast, agreement), p in zip(found, corrected, strict=True)
    ]
    numbers: dict[str, Format] = {
        "queries": thousands,
        "this": score,
        "against": score,
        "difference": _signed,
        "p": p_value,
        "wins": thousands,
        "ties": thousands,
        "losses": thousands,
    }
    return Table(
        name="quality",
        caption="nDCG@10 of the two, query by query.",
        frame=pd.DataFrame(rows, columns=["what changes", *numbers]),
        formats=numbers,
        intervals={(row, "difference"): interval for row, interval in enumerate(intervals)},
        exact=pd.DataFrame({end: [getattr(interval, end) for interval in intervals] for end in ("low", "high")}),
        remarks=(
            "Intervals hold the mean difference with 95 % confidence (bootstrap over queries); p is of the paired "
            "permutation test, Holm-corrected over the rows.",
        ),
    )


def cost_table(scored: Sequence[Scored], pairs: int) -> Table:
    """Return time and memory of every variant, and energy where the machine tells."""
    rows = [
        (
            one.variant.name,
            one.variant.threads,
            1000 * one.seconds / pairs,
            one.peak_bytes / 2**20,
            _per_pair(one, pairs),
        )
        for one in scored
    ]
    columns = ["scoring", "threads", "ms/pair", "peak MiB", "J/pair"]
    frame = pd.DataFrame(rows, columns=columns).astype({"J/pair": float})
    told = bool(frame["J/pair"].notna().any())
    return Table(
        name="cost",
        caption="What each way of scoring took, one after the other, each timed once and without a warm-up.",
        frame=frame if told else frame.drop(columns="J/pair"),
        formats={"threads": thousands, "ms/pair": milliseconds, "peak MiB": thousands, "J/pair": "{:.3f}".format},
        remarks=(
            "Time includes tokenization. Memory is the whole process's."
            + (" Energy is the whole machine's." if told else " This machine does not tell its energy."),
        ),
    )


def write(
    out: Path,
    title: str,
    setup: Mapping[str, Any],
    judged: JudgedRequests,
    scored: Sequence[Scored],
    found: Found,
    saturation: Saturation | None,
    machine: Mapping[str, Any],
) -> Path:
    """Write ``stability.md``, ``stability.json``, a CSV a table, and every logit as ``logits.csv``.

    Args:
        out: Folder; made if need be, and files of the same names are replaced.
        title: Heading of the page.
        setup: What was measured, as JSON values.
        judged: What was scored; its texts are not written.
        scored: Every variant's logits.
        found: What the comparisons found.
        saturation: What is known of 8-bit sums; None without any.
        machine: The machine's fingerprint.

    Returns:
        The path of the page.
    """
    out.mkdir(parents=True, exist_ok=True)
    tables = [
        logits_table(found),
        quality_table(found),
        *([] if saturation is None else [saturation_table(saturation)]),
        cost_table(scored, judged.pairs),
        _machine_table(machine),
    ]
    for table in tables:
        _save(out / f"{table.name}.csv", to_csv(table))
    _save(out / "logits.csv", _logits(judged, scored).to_csv(index=False, lineterminator="\n"))
    document = {
        "setup": dict(setup),
        "queries": len(judged.requests),
        "pairs": judged.pairs,
        "comparisons": [{**asdict(contrast), **asdict(agreement)} for contrast, agreement in found],
        "saturation": None if saturation is None else asdict(saturation),
        "scorings": [
            {
                "name": one.variant.name,
                "threads": one.variant.threads,
                "batched": one.variant.batched,
                "seconds": one.seconds,
                "peak_bytes": one.peak_bytes,
                "joules": one.joules,
            }
            for one in scored
        ],
        "machine": dict(machine),
    }
    text = json.dumps(_without_nan(document), indent=2, allow_nan=False)
    _save(out / "stability.json", f"{text}\n")
    measured = f"{count_of(len(judged.requests), 'query')}, {count_of(judged.pairs, 'pair')}"
    conditions = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in setup.items())
    lines = [
        f"# {escape_markdown(title)}",
        f"{measured} of {escape_markdown(judged.collection)}; {escape_markdown(conditions)}.",
        *(f"{escape_markdown(table.caption)}\n\n{to_markdown(table).rstrip()}" for table in tables),
    ]
    page = out / "stability.md"
    _save(page, "\n\n".join(lines) + "\n")
    return page


def _machine_table(machine: Mapping[str, Any]) -> Table:
    rows = machine_rows(machine)
    return Table("machine", "The machine and the software.", pd.DataFrame(rows, columns=["property", "value"]))


def _logits(judged: JudgedRequests, scored: Sequence[Scored]) -> pd.DataFrame:
    """Return every variant's logit of every pair."""
    ids = [(request.query_id, doc_id) for request in judged.requests for doc_id in request.doc_ids]
    columns = {one.variant.name: np.concatenate(one.logits) for one in scored}
    return pd.DataFrame(ids, columns=["query_id", "doc_id"]).assign(**columns)


def _per_pair(scored: Scored, pairs: int) -> float | None:
    return None if scored.joules is None else scored.joules / pairs


def _share(value: float) -> str:
    # Never 100 % of what is not all.
    return "all" if value == 1 else f"{math.floor(value * 1000) / 10:.1f} %"


def _difference(value: float) -> str:
    return "0" if value == 0 else f"{value:.2g}"


def _signed(value: float) -> str:
    if f"{value:.4f}" in ("0.0000", "-0.0000"):
        return "0"
    return f"{value:+.4f}".replace("-", "\N{MINUS SIGN}")


def _without_nan(value: Any) -> Any:
    """Return a JSON value with null for what is not a number."""
    if isinstance(value, Mapping):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _save(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
