"""The table of cold starts: time to the first scores, memory, and cost."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bench.experiment.cold_start import LAMBDA_PRICE, ColdStartSpec
from bench.report.tables.table import Table
from bench.report.values.cold_starts import started_systems
from bench.report.values.text import dollars, milliseconds, ratio, thousands
from bench.results.run_results import RunResults

_RATIO, _COST = "times as long", "$ per million"
_COLUMNS = (
    *("model", "threads", "passages/request", "system"),
    *("cold start ms", _RATIO, "warm ms", "peak MiB", _COST, "processes"),
)


def cold_start_table(results: RunResults) -> Table:
    """Return the cold start, the memory and the cost of every system in every setting with every model."""
    shown, spec = started_systems(results), results.cold_start
    rows = [
        (
            *(one.model, one.threads, one.passages, one.label),
            *(1000 * one.cold_seconds, one.ratio, 1000 * one.warm_seconds, one.peak_bytes / 2**20),
            *(one.dollars, one.rounds),
        )
        for one in shown
    ]
    ends = [(one.interval.low, one.interval.high) if one.interval else (None, None) for one in shown]
    return Table(
        name="cold_start",
        caption="From the start of a process to its first scores, and what a million requests cost.",
        frame=pd.DataFrame(rows, columns=list(_COLUMNS)),
        formats={
            **dict.fromkeys(("threads", "passages/request", "peak MiB", "processes"), thousands),
            **dict.fromkeys(("cold start ms", "warm ms"), milliseconds),
            _RATIO: ratio,
            _COST: dollars,
        },
        remarks=(*_reading(spec), *_absent(results)) if spec is not None and len(results.cold_starts) else (),
        intervals={(row, _RATIO): one.interval for row, one in enumerate(shown) if one.interval is not None},
        exact=pd.DataFrame(ends, columns=[f"{_RATIO}, low", f"{_RATIO}, high"], dtype=float),
    )


def _reading(spec: ColdStartSpec) -> Iterator[str]:
    """Yield how to read the table, and how the cost is reckoned."""
    yield (
        f"Every process loads the model and answers one request of {spec.mix} pairs, then the same {spec.warm} times "
        "again: the cold start ends with the first answer, and a warm answer is one of the others. Systems are started "
        "in random order, one alive at a time, with their files in the system's memory. Times and peaks of resident "
        "memory are medians over processes; a ratio is the median over rounds, with its 95 % bootstrap interval."
    )
    source = " (AWS Lambda's for x86 in US East, the first tier)" if spec.price == LAMBDA_PRICE else ""
    yield (
        f"A million requests cost 1,000,000 x seconds of a request x peak memory in GB x {spec.price:.10f} dollars "
        f"per GB-second{source}. A process answers {spec.reranks_per_start:,} before it ends: one within its cold "
        "start, the others warm. Memory counts as far as it is used; where cores come with memory, as they do there, "
        "more may have to be paid for."
    )


def _absent(results: RunResults) -> Iterator[str]:
    """Yield a line for each system that was left out, or could not answer, and why."""
    rows = results.cold_starts.drop_duplicates(["label", "left_out", "problem", "model"])
    for label, left_out in dict.fromkeys(zip(rows["label"], rows["left_out"], strict=True)):
        if left_out:
            yield f"{label} was left out: {left_out.rstrip('.')}."
    for label, problem, model in zip(rows["label"], rows["problem"], rows["model"], strict=True):
        if problem:
            yield f"{label} could not answer with {model}: {problem.rstrip('.')}."
