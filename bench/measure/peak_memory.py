"""The most memory that a process ever held, told by the process itself."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil

_STATUS = Path("/proc/self/status")


def peak_bytes(status: Path = _STATUS) -> int:
    """Return this process's peak resident memory so far, in bytes.

    Args:
        status: Linux's file on the process. Its VmHWM starts with the program, whereas getrusage's maximum starts at
            the size of the parent that forked it.
    """
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
