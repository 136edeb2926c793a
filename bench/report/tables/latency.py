"""The time that reranking takes: per query while quality is measured, and per request by length."""

from __future__ import annotations

from bench.common.words import count_of
from bench.report.tables.table import Format, Table
from bench.report.values import aggregate
from bench.report.values.text import milliseconds, one_decimal, rate, thousands
from bench.results.run_results import RunResults

_LATENCY_FORMATS: dict[str, Format] = {
    "median ms": milliseconds,
    "p95 ms": milliseconds,
    "p99 ms": milliseconds,
    "tokens/s": rate,
}


def query_latency_table(results: RunResults) -> Table:
    """Return the time per query seen while measuring quality, per dataset and model."""
    markers = aggregate.note_markers(results)
    frame = aggregate.query_latency(results).drop(columns="p5 ms")
    threads = results.machine.get("threads")
    return Table(
        name="query-latency",
        caption="Time to rerank one query's candidates, seen while measuring quality"
        + (f", {count_of(threads, 'thread')}." if isinstance(threads, int) else "."),
        frame=frame,
        formats={
            "queries": thousands,
            "candidates/query": one_decimal,
            "tokens/pair": one_decimal,
            **_LATENCY_FORMATS,
            "pairs/s": rate,
        },
        markers=tuple((markers[name],) if name in markers else () for name in frame["dataset"]),
        notes=aggregate.notes_by_marker(results),
        remarks=(
            "Candidates and tokens are means; a pair is the query and one candidate, special tokens included. "
            "Rates are totals over the total time.",
        ),
    )


def request_latency_table(results: RunResults) -> Table:
    """Return the latency measurement: time per request by model, threads, passages per request and tokens per pair."""
    return Table(
        name="latency",
        caption="Time per request by length of the pairs.",
        frame=aggregate.request_latency(results).drop(columns="p5 ms"),
        formats={
            "threads": thousands,
            "passages/request": thousands,
            "tokens/pair": thousands,
            "requests": thousands,
            **_LATENCY_FORMATS,
        },
        remarks=("Every percentile is over the number of requests that its row states.",),
    )
