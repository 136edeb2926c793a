"""The chart of systems side by side: how many times as long as the first each took, workload by workload."""

from __future__ import annotations

from collections.abc import Sequence

from bench.common.words import count_of
from bench.report.values.compared_systems import ComparedSystem, WorkloadComparison, base_label, comparisons
from bench.report.values.text import ratio
from bench.results.run_results import RunResults


def peers_rows(results: RunResults) -> tuple[WorkloadComparison, ...]:
    """Return the comparisons in which the first system answered, and another could be run."""
    return tuple(one for one in comparisons(results) if one.systems[0].ratio > 0 and len(_tried(one)) > 1)


def describe_peers(results: RunResults, rows: Sequence[WorkloadComparison]) -> str:
    """Return the chart in words: the range of every system's ratios, and on how many workloads it could not answer."""
    found: dict[str, list[ComparedSystem]] = {}
    for row in rows:
        for system in _tried(row)[1:]:
            found.setdefault(system.label, []).append(system)
    parts = []
    for label, systems in found.items():
        ratios = [system.ratio for system in systems if system.ratio > 0]
        ends = dict.fromkeys((ratio(min(ratios)), ratio(max(ratios)))) if ratios else ()
        failed = len(systems) - len(ratios)
        said = [f"{' to '.join(ends)} times"] if ratios else []
        said += [f"could not answer on {failed} of {count_of(len(systems), 'workload')}"] if failed else []
        parts.append(f"{label} {', '.join(said)}")
    return f"Time of a request, as multiples of that of {base_label(results)}: {'; '.join(parts)}."


def _tried(row: WorkloadComparison) -> list[ComparedSystem]:
    return [system for system in row.systems if not system.left_out]
