"""The tables of a stability report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bench.report.tables.table import Format, Table
from bench.report.values.fingerprint import machine_rows
from bench.report.values.text import milliseconds, p_value, score, signed_closely, thousands
from bench.stats.correction import holm
from bench.studies.stability.agreement import Farther, Found
from bench.studies.stability.saturation import Saturation
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
        "difference": _signed_or_zero,
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


def distance_table(found: Farther) -> Table:
    """Return whether the rewritten graph lies farther from float32 than the model's own."""
    comparison = found.comparison
    row = (comparison.n, found.fast, found.shipped, comparison.difference, comparison.p_permutation)
    numbers: dict[str, Format] = {
        "queries": thousands,
        "fast graph": "{:.4f}".format,
        "as shipped": "{:.4f}".format,
        "difference": _signed_or_zero,
        "p": p_value,
    }
    return Table(
        name="distance",
        caption="Mean |diff| from the logits in fp32: the rewritten graph, and the model's own.",
        frame=pd.DataFrame([row], columns=list(numbers)),
        formats=numbers,
        intervals={(0, "difference"): comparison.interval},
        exact=pd.DataFrame({end: [getattr(comparison.interval, end)] for end in ("low", "high")}),
        remarks=("Means over queries; the interval and p are of the two values of each query, as above.",),
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


def saturation_table(found: Saturation) -> Table:
    """Return the counts, and what this machine does."""
    rows = [("this machine's sums", found.here)]
    if (counts := found.counts) is not None:
        rows += [
            ("pairs counted, the first candidate of every query", thousands(found.pairs)),
            ("sums of two products", thousands(counts.sums)),
            ("sums that do not fit 16 bits", _part(counts.saturated, counts.sums)),
            ("values that sums add up to", thousands(counts.values)),
            ("values that a saturated sum changes", _part(counts.touched, counts.values)),
        ]
    return Table(
        name="saturation",
        caption="The model's 8-bit sums, which saturate on some processors.",
        frame=pd.DataFrame(rows, columns=["8-bit sums", "value"]),
        remarks=(
            "Kernels for AVX2 and AVX-512 without VNNI add the products of two neighbours in 16 bits; with VNNI, and "
            "with SSE, sums are exact. Both ways are computed here, by graphs that give the same integers on every "
            "machine. How this machine adds is read off its logits, not off its name; what is left between it and that "
            "way is float arithmetic in another order.",
        ),
    )


def _part(number: int, whole: int) -> str:
    return f"{number:,} ({100 * number / whole:.2g} %)" if number else "0"


def fingerprint_table(machine: Mapping[str, Any]) -> Table:
    """Return the fingerprint of the machine and of the software."""
    rows = machine_rows(machine)
    return Table("machine", "The machine and the software.", pd.DataFrame(rows, columns=["property", "value"]))


def _per_pair(scored: Scored, pairs: int) -> float | None:
    return None if scored.joules is None else scored.joules / pairs


def _share(value: float) -> str:
    # Never 100 % of what is not all.
    return "all" if value == 1 else f"{math.floor(value * 1000) / 10:.1f} %"


def _difference(value: float) -> str:
    return "0" if value == 0 else f"{value:.2g}"


def _signed_or_zero(value: float) -> str:
    text = signed_closely(value)
    return text if float(text.replace("\N{MINUS SIGN}", "-")) else "0"
