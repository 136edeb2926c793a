"""How many cores this process may use."""

from __future__ import annotations

import math
import os
from pathlib import Path

_CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def available_cores() -> int:
    """Return the cores this process may use: its affinity, and its container's quota where there is one.

    A container limited with ``--cpus=2`` on a host of 64 cores still sees an affinity of 64; only the cgroup's
    ``cpu.max`` (quota and period in microseconds, Linux cgroup v2) tells.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity call
        cores = os.cpu_count() or 1
    try:
        quota, period = _CGROUP_QUOTA.read_text(encoding="ascii").split()
        cores = min(cores, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError):  # no cgroup v2, or a quota of "max"
        pass
    return max(1, cores)
