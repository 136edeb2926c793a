"""What a study of stability found, as files: a page in Markdown, tables as CSV, and all numbers as JSON."""

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
from bench.report.tables.writers import escape_markdown, to_csv, to_markdown
from bench.studies.stability.agreement import Farther, Found
from bench.studies.stability.judged_requests import JudgedRequests
from bench.studies.stability.saturation import Saturation
from bench.studies.stability.stability_tables import (
    cost_table,
    distance_table,
    fingerprint_table,
    logits_table,
    quality_table,
    saturation_table,
)
from bench.studies.stability.variants import Scored


def write_stability_report(
    out: Path,
    title: str,
    setup: Mapping[str, Any],
    judged: JudgedRequests,
    scored: Sequence[Scored],
    found: Found,
    distance: Farther | None,
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
        distance: How far the rewritten graph lies from float32; None where it is not run, or nothing is int8.
        saturation: What is known of 8-bit sums; None without any.
        machine: The machine's fingerprint.

    Returns:
        The path of the page.
    """
    tables = [
        logits_table(found),
        quality_table(found),
        *([] if distance is None else [distance_table(distance)]),
        *([] if saturation is None else [saturation_table(saturation)]),
        cost_table(scored, judged.pairs),
        fingerprint_table(machine),
    ]
    measured = f"{count_of(len(judged.requests), 'query')}, {count_of(judged.pairs, 'pair')}"
    conditions = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in setup.items())
    paragraphs = [
        f"# {escape_markdown(title)}",
        f"{measured} of {escape_markdown(judged.collection)}; {escape_markdown(conditions)}.",
        *(f"{escape_markdown(table.caption)}\n\n{to_markdown(table).rstrip()}" for table in tables),
    ]
    document = {
        "setup": dict(setup),
        "queries": len(judged.requests),
        "pairs": judged.pairs,
        "comparisons": [{**asdict(contrast), **asdict(agreement)} for contrast, agreement in found],
        "distance": None if distance is None else asdict(distance),
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
    texts = {
        **{f"{table.name}.csv": to_csv(table) for table in tables},
        "logits.csv": _logits(judged, scored).to_csv(index=False, lineterminator="\n"),
        "stability.json": json.dumps(_without_nan(document), indent=2, allow_nan=False) + "\n",
        "stability.md": "\n\n".join(paragraphs) + "\n",
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    return out / "stability.md"


def _logits(judged: JudgedRequests, scored: Sequence[Scored]) -> pd.DataFrame:
    """Return every variant's logit of every pair."""
    ids = [(request.query_id, doc_id) for request in judged.requests for doc_id in request.doc_ids]
    columns = {one.variant.name: np.concatenate(one.logits) for one in scored}
    return pd.DataFrame(ids, columns=["query_id", "doc_id"]).assign(**columns)


def _without_nan(value: Any) -> Any:
    """Return a JSON value with null for what is not a number."""
    if isinstance(value, Mapping):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value
