"""Systems side by side: what each took on a workload, and how close its scores are to float32."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bench.report.tables.table import Table
from bench.report.values.compared_systems import ComparedSystem, WorkloadComparison, base_label, comparisons
from bench.report.values.text import logit_difference, milliseconds, rate, ratio, score, thousands
from bench.results.run_results import RunResults

_RATIO, _MEMORY = "times as long", "times the memory"
_COLUMNS = (
    "model",
    "workload",
    "system",
    "rounds",
    "median ms",
    _RATIO,
    "tokens/s",
    "peak MiB",
    _MEMORY,
    "logit off, mean",
    "logit off, most",
    "Kendall's tau",
)


def peers_table(results: RunResults) -> Table:
    """Return time, memory and closeness to float32 of every system on every workload with every model."""
    found = comparisons(results)
    shown = [(one, system) for one in found for system in one.systems if not system.left_out]
    rows = [
        (
            *(one.model, one.workload, _name(system), system.rounds, system.median_ms, system.ratio),
            *(system.tokens_per_second, system.peak_bytes / 2**20, system.memory_ratio),
            *(system.mean_difference, system.largest_difference, system.tau),
        )
        for one, system in shown
    ]
    intervals = {(row, _RATIO): system.interval for row, (_, system) in enumerate(shown) if system.interval is not None}
    ends = [(system.interval.low, system.interval.high) if system.interval else (None, None) for _, system in shown]
    return Table(
        name="peers",
        caption=f"Systems side by side: how many times the time and memory of {base_label(results)} each took.",
        frame=pd.DataFrame(rows, columns=list(_COLUMNS)),
        formats={
            "rounds": thousands,
            "median ms": milliseconds,
            _RATIO: ratio,
            "tokens/s": rate,
            "peak MiB": thousands,
            _MEMORY: ratio,
            "logit off, mean": logit_difference,
            "logit off, most": logit_difference,
            "Kendall's tau": score,
        },
        remarks=(*_reading(results), *_absent(found)) if rows else (),
        intervals=intervals,
        exact=pd.DataFrame(ends, columns=[f"{_RATIO}, low", f"{_RATIO}, high"], dtype=float),
    )


def _name(system: ComparedSystem) -> str:
    return f"{system.label} (could not answer)" if system.problem else system.label


def _reading(results: RunResults) -> Iterator[str]:
    """Yield how to read the table, and what each system is."""
    yield (
        "In every round each system answers the same request, in random order; a ratio is the median over rounds, with "
        "its 95 % bootstrap interval. Two processes of one program may differ by a per cent or two for as long as they "
        "live, which no interval here shows. Tokens are those of the pairs, without padding. The peak of resident "
        "memory is that of the system's own process, the interpreter and all libraries included."
    )
    yield (
        "Logits are compared with those of the same weights in float32, one pair at a time. Kendall's tau compares the "
        "two orders of a request's passages: 1 where they are the same, mean over requests."
    )
    installed = dict(zip(results.peers["label"].tolist(), results.peers["installed"].tolist(), strict=True))
    yield f"What was run: {'; '.join(f'{label}: {what}' for label, what in installed.items())}."


def _absent(found: tuple[WorkloadComparison, ...]) -> Iterator[str]:
    """Yield a line for each reason why a system was left out or could not answer."""
    places: dict[tuple[str, str], list[str]] = {}
    for one in found:
        for system in one.systems:
            if system.left_out:
                places.setdefault((f"{system.label} was left out", system.left_out), [])
            elif system.problem:
                where = f"{one.workload} with {one.model}"
                places.setdefault((f"{system.label} could not answer", system.problem), []).append(where)
    for (what, why), failed in places.items():
        yield f"{what}{_listed(failed)}: {why.rstrip('.')}."


def _listed(places: list[str]) -> str:
    return f" ({'; '.join(places)})" if places else ""
