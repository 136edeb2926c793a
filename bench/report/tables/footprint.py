"""What a request takes besides time: memory, and energy where the machine measures it."""

from __future__ import annotations

from bench.report.tables.table import Table
from bench.report.values.text import joules, thousands
from bench.results.run_results import RunResults

_COLUMNS = {
    "model": "model",
    "threads": "threads",
    "passages": "passages/request",
    "tokens": "tokens/pair",
    "peak MiB": "peak MiB",
    "joules": "J/request",
}


def footprint_table(results: RunResults) -> Table:
    """Return peak memory by model, and energy per request where the machine measures it."""
    frame = results.footprint.assign(**{"peak MiB": results.footprint["peak_bytes"].astype(float) / 2**20})
    frame = frame[list(_COLUMNS)].rename(columns=_COLUMNS).astype({"J/request": float})
    measured = bool(frame["J/request"].notna().any())
    energy = (
        "Energy is that of the whole machine, including what else it did."
        if measured
        else "This machine does not measure its energy."
    )
    return Table(
        name="footprint",
        caption="Memory of a process that answers the largest request of the latency measurement.",
        frame=frame if measured else frame.drop(columns="J/request"),
        formats={
            **dict.fromkeys(("threads", "passages/request", "tokens/pair", "peak MiB"), thousands),
            "J/request": joules,
        },
        remarks=(
            "The peak of resident memory, the interpreter and all libraries included; every model has a process of its "
            f"own. {energy}",
        ),
    )
