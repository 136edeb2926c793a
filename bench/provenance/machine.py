"""What a measurement was made on: the fingerprint of the machine and of the software."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import cpuinfo
import psutil

import flashrank
from flashrank import available_cores

#: Instruction sets that choose onnxruntime's integer and float kernels.
_KERNEL_FLAGS = (
    "avx2",
    "avx512f",
    "avx512bw",
    "avx512vl",
    "avx512_vnni",
    "avx_vnni",
    "amx_int8",
    "fma",
    "asimd",
    "asimddp",
    "i8mm",
    "sve",
)
#: Libraries whose version can move a score or a latency.
_LIBRARIES = (
    "onnxruntime",
    "tokenizers",
    "numpy",
    "llama_cpp_python",
    "bm25s",
    "PyStemmer",
    "ir_datasets",
    "ir_measures",
    "pandas",
)
#: Environment variables that set thread counts beneath Python.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "TOKENIZERS_PARALLELISM")
#: Ends the name of a commit from which files differed.
DIRTY = "-dirty"
#: What of a checkout can change a measurement: the code, what it asks for, and the experiments.
_MEASURING = ("flashrank", "bench", "eval_configs", "pyproject.toml", ":(glob)reports/*.yaml", ":(exclude,glob)**/*.md")


@cache
def fingerprint() -> dict[str, Any]:
    """Return the machine's fingerprint: plain JSON values, the same on every call of a process."""
    cpu = cpuinfo.get_cpu_info()
    flags = {flag.lower().replace("avx512vnni", "avx512_vnni") for flag in cpu.get("flags", [])}
    return {
        "cpu": cpu.get("brand_raw") or platform.processor() or platform.machine(),
        "architecture": platform.machine(),
        "cpu_family": [cpu.get("family"), cpu.get("model"), cpu.get("stepping")],
        "cores": available_cores(),
        "cores_of_machine": os.cpu_count(),
        "isa": sorted(flags & set(_KERNEL_FLAGS)),
        "memory_bytes": psutil.virtual_memory().total,
        "os": platform.platform(),
        "versions": {
            "python": platform.python_version(),
            "flashrank": flashrank.__version__,
            **{library: _version(library) for library in _LIBRARIES},
        },
        "thread_variables": {name: os.environ.get(name) for name in _THREAD_VARIABLES},
        "commit": commit_of(Path(__file__).parents[2]),
    }


def machine_id(machine: dict[str, Any]) -> str:
    """Return a short digest of the parts that scores and latencies depend on: processor and core count.

    Latencies of different ids must not be compared, and int8 scores may differ between instruction sets.
    """
    parts = [machine[key] for key in ("cpu", "architecture", "cpu_family", "cores", "isa")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def commit_of(root: Path) -> str | None:
    """Return a checkout's commit, with ``-dirty`` at its end if files that measure differ; None outside a checkout.

    Files below ``_MEASURING`` count if they are changed, staged, deleted, or new and not ignored. Others change no
    number: tests, documents, and results written below reports/ or runs/ while an experiment goes on.
    """
    commit = _git(root, "rev-parse", "--verify", "HEAD")
    changed = _git(root, "status", "--porcelain", "--untracked-files=all", "--", *_MEASURING)
    if not commit or changed is None:
        return None
    return commit + DIRTY if changed else commit


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=True, timeout=10, encoding="utf-8"
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
