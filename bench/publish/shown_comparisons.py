"""Systems side by side as the README shows them: some workloads of the committed run, and fewer columns."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from bench.common.errors import BenchError
from bench.publish.shown_rows import with_rows
from bench.report.tables.systems.peers import peers_table
from bench.report.tables.table import Table
from bench.report.values.fingerprint import instruction_sets, processor, threads_used
from bench.results.run_results import RunResults

#: (model, workload) of what is shown: real passages, a few hundred long ones, and a small model.
SHOWN = (
    ("ms-marco-MiniLM-L-12-v2", "DL19, 100 passages"),
    ("ms-marco-MiniLM-L-12-v2", "SciFact-like, 250 passages"),
    ("ms-marco-TinyBERT-L-2-v2 (random weights)", "MS MARCO-like, 100 passages"),
)
#: Systems that only the chart and the whole table show.
_ELSEWHERE = ("flashrank, graph as shipped", "rerankers, torch", "fastembed")
_LEFT_OUT = ("rounds", "tokens/s", "logit off, most", "Kendall's tau")


def shown_comparisons(results: RunResults) -> RunResults:
    """Return the run with the comparisons that are shown, and no others.

    Raises:
        BenchError: The run lacks one.
    """
    keys = pd.MultiIndex.from_frame(results.peers[["model", "workload"]])
    for model, workload in SHOWN:
        if (model, workload) not in keys:
            raise BenchError(f"{results.name}: systems were not compared on {workload} with {model}; measure it again")
    timed = pd.MultiIndex.from_frame(results.peer_timings[["model", "workload"]])
    return replace(
        results,
        peers=results.peers[keys.isin(SHOWN)].reset_index(drop=True),
        peer_timings=results.peer_timings[timed.isin(SHOWN)].reset_index(drop=True),
    )


def comparisons_in_short(results: RunResults) -> Table:
    """Return the table of the comparisons that are shown, which says on what machine they were made.

    Raises:
        BenchError: The run lacks a comparison.
    """
    table, machine = peers_table(shown_comparisons(results)), results.machine
    version = machine["versions"]["onnxruntime"]
    where = ", ".join((processor(machine), instruction_sets(machine), threads_used(machine), f"onnxruntime {version}"))
    absent = tuple(remark for remark in table.remarks if "could not answer (" in remark or "was left out" in remark)
    return replace(
        with_rows(table, ~table.frame["system"].isin(_ELSEWHERE), _LEFT_OUT),
        caption=f"{table.caption} Measured on: {where}.",
        remarks=absent,
    )
