"""The machine's fingerprint as labels and values, whatever keys it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.common.words import count_of
from bench.report.values.text import NOTHING

_LABELS = {
    "cpu": "CPU",
    "cores": "Cores",
    "isa": "Instruction sets",
    "memory_bytes": "Memory",
    "os": "Operating system",
    "threads": "Threads that rerank",
    "versions": "Versions",
    "commit": "Commit",
}
#: Flag -> the instruction set that it stands for.
_KERNELS = (
    ("avx2", "AVX2"),
    ("avx512bw", "AVX-512"),
    ("avx512_vnni", "VNNI"),
    ("avx_vnni", "VNNI"),
    ("amx_int8", "AMX"),
    ("asimd", "NEON"),
    ("asimddp", "dot product"),
    ("i8mm", "I8MM"),
)


def machine_rows(machine: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (label, value) pairs: the usual properties first and in the usual order, then whatever else there is."""
    keys = [key for key in _LABELS if key in machine] + [key for key in machine if key not in _LABELS]
    return [(_LABELS.get(key, _words(key)), _value(key, machine[key])) for key in keys]


def machine_line(machine: Mapping[str, Any]) -> str:
    """Return the processor, its instruction sets and the release of onnxruntime, in one line."""
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {'+'.join(machine['isa'])}, "
        f"onnxruntime {machine['versions']['onnxruntime']}"
    )


def processor(machine: Mapping[str, Any]) -> str:
    """Return the CPU's name, or an empty string: what a chart of latencies says about where they were measured."""
    return _value("cpu", machine["cpu"]) if machine.get("cpu") else ""


def instruction_sets(machine: Mapping[str, Any]) -> str:
    """Return the instruction sets by which kernels for int8 differ, such as ``AVX-512, VNNI``, or an empty string."""
    flags = set(machine.get("isa") or ())
    named = dict.fromkeys(words for flag, words in _KERNELS if flag in flags)
    if "AVX-512" in named:
        named.pop("AVX2", None)
    return ", ".join(named)


def threads_used(machine: Mapping[str, Any]) -> str:
    """Return the threads that reranked while quality was measured, such as ``2 threads``, or an empty string."""
    threads = machine.get("threads")
    return count_of(threads, "thread") if isinstance(threads, int) else ""


def _words(key: str) -> str:
    return key.removesuffix("_bytes").replace("_", " ").capitalize()


def _value(key: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_value(str(name), inner)}" for name, inner in value.items()) or NOTHING
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(item) for item in value) or NOTHING
    if key.endswith("_bytes") and isinstance(value, int | float):
        return f"{value / 2**30:,.1f} GiB"
    return NOTHING if value is None or value == "" else str(value)
