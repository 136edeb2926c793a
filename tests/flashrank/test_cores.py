"""The cores a process may use: its affinity and its container's quota."""

from __future__ import annotations

import os

import pytest

from flashrank import cores


@pytest.mark.parametrize(
    ("quota", "affinity", "expected"),
    [("max 100000", 8, 8), ("200000 100000", 8, 2), ("150000 100000", 8, 2), ("50000 100000", 8, 1), ("junk", 3, 3)],
)
def test_the_smaller_of_affinity_and_quota(tmp_path, monkeypatch, quota, affinity, expected):
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    monkeypatch.setattr(cores, "_CGROUP_QUOTA", file)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(affinity)), raising=False)
    assert cores.available_cores() == expected


def test_without_cgroups_or_affinity(tmp_path, monkeypatch):
    monkeypatch.setattr(cores, "_CGROUP_QUOTA", tmp_path / "absent")
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert cores.available_cores() == (os.cpu_count() or 1)
