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
from bench.studies.stability.judged_requests import Workload
from bench.studies.stability.saturation import Saturation, saturation_table
from bench.studies.stability.variants import Scored
from flashrank.scoring.heads import relevance_logits


def logits_table(found: Found) -> Table:
    """Return how far logits and ranks differ."""
    rows = [
        (row.question, row.new, row.base, it.equal, it.mean, it.p95, it.largest, it.tau, it.overlap, it.moved)
        for row, it in found
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
    p_values = [it.comparison.p_permutation for _, it in found]
    # One query is no evidence, so there is nothing to correct.
    corrected = p_values if any(math.isnan(p) for p in p_values) else holm(p_values)
    intervals = [it.comparison.interval for _, it in found]
    rows = [
        (
            row.question,
            it.comparison.n,
            it.ndcg,
            it.base_ndcg,
            it.comparison.difference,
            p,
            it.comparison.wins,
            it.comparison.ties,
            it.comparison.losses,
        )
        for (row, it), p in zip(found, corrected, strict=True)
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
        exact=pd.DataFrame({"low": [it.low for it in intervals], "high": [it.high for it in intervals]}),
        remarks=(
            "Intervals hold the mean difference with 95 % confidence (bootstrap over queries); p is of the paired "
            "permutation test, Holm-corrected over the rows.",
        ),
    )


def cost_table(scored: Sequence[Scored], pairs: int) -> Table:
    """Return time and memory of every variant, and energy where the machine tells."""
    rows = [
        (it.variant.name, it.variant.threads, 1000 * it.seconds / pairs, it.peak_bytes / 2**20, _per_pair(it, pairs))
        for it in scored
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
    workload: Workload,
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
        workload: What was scored; its texts are not written.
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
        cost_table(scored, workload.pairs),
        _machine_table(machine),
    ]
    for table in tables:
        _save(out / f"{table.name}.csv", to_csv(table))
    _save(out / "logits.csv", _logits(workload, scored).to_csv(index=False, lineterminator="\n"))
    document = {
        "setup": dict(setup),
        "queries": len(workload.requests),
        "pairs": workload.pairs,
        "comparisons": [{**asdict(contrast), **asdict(agreement)} for contrast, agreement in found],
        "saturation": None if saturation is None else asdict(saturation),
        "scorings": [
            {
                "name": it.variant.name,
                "threads": it.variant.threads,
                "batched": it.variant.batched,
                "seconds": it.seconds,
                "peak_bytes": it.peak_bytes,
                "joules": it.joules,
            }
            for it in scored
        ],
        "machine": dict(machine),
    }
    text = json.dumps(_without_nan(document), indent=2, allow_nan=False)
    _save(out / "stability.json", f"{text}\n")
    measured = f"{count_of(len(workload.requests), 'query')}, {count_of(workload.pairs, 'pair')}"
    conditions = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in setup.items())
    lines = [
        f"# {escape_markdown(title)}",
        f"{measured} of {escape_markdown(workload.collection)}; {escape_markdown(conditions)}.",
        *(f"{escape_markdown(table.caption)}\n\n{to_markdown(table).rstrip()}" for table in tables),
    ]
    page = out / "stability.md"
    _save(page, "\n\n".join(lines) + "\n")
    return page


def _machine_table(machine: Mapping[str, Any]) -> Table:
    rows = machine_rows(machine)
    return Table("machine", "The machine and the software.", pd.DataFrame(rows, columns=["property", "value"]))


def _logits(workload: Workload, scored: Sequence[Scored]) -> pd.DataFrame:
    """Return every variant's logit of every pair."""
    ids = [(request.query_id, doc_id) for request in workload.requests for doc_id in request.doc_ids]
    columns = {it.variant.name: np.concatenate([relevance_logits(logits) for logits in it.logits]) for it in scored}
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
