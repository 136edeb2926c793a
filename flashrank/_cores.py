"""How many cores this process may use."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_ROOT = Path("/")


def available_cores() -> int:
    """Return the cores this process may use: its affinity, and the least quota of the control groups that it is in.

    A container limited with ``--cpus=2`` on a host of 64 cores still sees an affinity of 64; only the quota of a
    control group tells. A part of a core counts as a whole one.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity call
        cores = os.cpu_count() or 1
    return max(1, min([cores, *map(math.ceil, _quotas())]))


def _quotas() -> Iterator[float]:
    """Yield the quota, in cores, of every group of this process that has one, its ancestors' included.

    Version 2 keeps quota and period in ``cpu.max``, version 1 in two files of the controller ``cpu``; a host may have
    both mounted. See cgroups(7), and cgroup-v2 and sched-bwc in Linux's documentation.
    """
    for version, folder in _group_folders():
        try:
            if version == 2:
                quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
            else:
                quota, period = (
                    (folder / f"cpu.cfs_{name}_us").read_text(encoding="ascii") for name in ("quota", "period")
                )
            limit = int(quota) / int(period)
        except (OSError, ValueError, ArithmeticError):  # no such file, or a quota of "max"
            continue
        if limit > 0:  # version 1 writes -1 for none
            yield limit


def _group_folders() -> Iterator[tuple[int, Path]]:
    """Yield the version and the folder of every group that may limit this process's time, up to each mount's root."""
    groups = _groups()
    for version, shown, mount in _mounts():
        group = groups.get(version, PurePosixPath("/"))
        # In a container only a part of the hierarchy is mounted, and the group's path may be the host's: what is
        # below the mounted part is below the mount; a path that leads elsewhere leaves the mount's own root.
        inside = group.relative_to(shown) if group.is_relative_to(shown) else PurePosixPath()
        if ".." in inside.parts:
            inside = PurePosixPath()
        for part in (inside, *inside.parents):
            yield version, mount / part


def _groups() -> dict[int, PurePosixPath]:
    """Return this process's group in the hierarchy of each version that may limit its time."""
    groups = {}
    for line in _lines("proc/self/cgroup"):
        fields = line.split(":", 2)
        if len(fields) < 3:
            continue
        number, controllers, path = fields
        if number == "0" and not controllers:
            groups[2] = PurePosixPath(path)
        elif "cpu" in controllers.split(","):
            groups[1] = PurePosixPath(path)
    return groups


def _mounts() -> list[tuple[int, PurePosixPath, Path]]:
    """Return the hierarchies that may limit time: version, the group that is shown at the mount, the mount."""
    found = []
    for line in _lines("proc/self/mountinfo"):
        mounted, _, filesystem = line.partition(" - ")
        fields, (kind, *_), options = mounted.split(" "), filesystem.split(" "), filesystem.rpartition(" ")[2]
        version = 2 if kind == "cgroup2" else 1 if kind == "cgroup" and "cpu" in options.split(",") else 0
        if version and len(fields) > 4:
            shown, mount = map(_unescaped, fields[3:5])
            found.append((version, PurePosixPath(shown), _ROOT / mount.lstrip("/")))
    # Also where every Linux puts them, should a sandbox hide its mounts or put others over them.
    usual = [(2, ""), (2, "unified"), (1, "cpu"), (1, "cpu,cpuacct"), (1, "cpuacct,cpu"), (1, "")]
    return [*found, *((version, PurePosixPath("/"), _ROOT / "sys/fs/cgroup" / name) for version, name in usual)]


def _lines(path: str) -> list[str]:
    """Return a file's lines, which end in a line feed alone: a path in them may have any other character."""
    try:
        return (_ROOT / path).read_bytes().decode("utf-8", "surrogateescape").split("\n")
    except OSError:
        return []


def _unescaped(field: str) -> str:
    """Return a field of mountinfo with its blanks and backslashes, which stand there in octal."""
    for code in ("040", "011", "012", "134"):
        field = field.replace(f"\\{code}", chr(int(code, 8)))
    return field
