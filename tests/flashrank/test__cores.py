"""The cores a process may use: its affinity and the quotas of its control groups, in file systems made up here."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flashrank import _cores as cores

V2 = "31 23 0:28 {root} /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
HYBRID = "32 23 0:29 {root} /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"
V1 = "33 23 0:30 {root} /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct"
V1_MEMORY = "34 23 0:31 {root} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"


@pytest.fixture
def system(tmp_path, monkeypatch):
    """Return a function that writes files, by their path, below a root of eight cores."""

    def write(files):
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text + "\n", encoding="utf-8", newline="\n")

    monkeypatch.setattr(cores, "_ROOT", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    return write


def process(groups, *mounts, root="/"):
    return {"proc/self/cgroup": groups, "proc/self/mountinfo": "\n".join(mounts).replace("{root}", root)}


def quota(folder, quota, period=100_000):
    return {f"{folder}/cpu.cfs_quota_us": str(quota), f"{folder}/cpu.cfs_period_us": str(period)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("max 100000", 8), ("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1), ("900000 100000", 8)]
    + [(text, 8) for text in ("junk", "", "0 0", "100000", "-1 100000")],
)
def test_version_2_at_the_root_of_the_mount(system, text, expected):
    system({**process("0::/", V2), "sys/fs/cgroup/cpu.max": text})
    assert cores.available_cores() == expected


@pytest.mark.parametrize(
    ("own", "parent", "expected"),
    [("300000 100000", "max 100000", 3), ("max 100000", "250000 100000", 3), ("600000 100000", "150000 100000", 2)],
)
def test_nested_version_2_is_the_least_of_all_ancestors(system, own, parent, expected):
    group = "sys/fs/cgroup/system.slice/search engine.service"
    system(
        {
            **process("0::/system.slice/search engine.service", V2),
            f"{group}/cpu.max": own,
            "sys/fs/cgroup/system.slice/cpu.max": parent,
            "sys/fs/cgroup/other.slice/cpu.max": "100000 100000",
        }
    )
    assert cores.available_cores() == expected


@pytest.mark.parametrize(("value", "expected"), [(50_000, 1), (200_000, 2), (210_000, 3), (-1, 8), (0, 8)])
def test_version_1(system, value, expected):
    groups = "9:memory:/elsewhere\n4:cpu,cpuacct:/\n0::/"
    system({**process(groups, V1_MEMORY, V1), **quota("sys/fs/cgroup/cpu,cpuacct", value)})
    assert cores.available_cores() == expected


def test_nested_version_1(system):
    system(
        {
            **process("4:cpu,cpuacct:/kubepods/pod1", V1),
            **quota("sys/fs/cgroup/cpu,cpuacct/kubepods/pod1", 400_000),
            **quota("sys/fs/cgroup/cpu,cpuacct/kubepods", 300_000),
            **quota("sys/fs/cgroup/cpu,cpuacct", -1),
        }
    )
    assert cores.available_cores() == 3


def test_a_container_that_sees_its_own_part_of_the_hierarchy(system):
    """Docker with version 1: the group's path is the host's, and the mount begins at that group."""
    folder = "sys/fs/cgroup/cpu,cpuacct"
    system(
        {**process("4:cpu,cpuacct:/docker/ab12/inner", V1, root="/docker/ab12"), **quota(f"{folder}/inner", 200_000)}
    )
    assert cores.available_cores() == 2
    system(quota(folder, 50_000))
    assert cores.available_cores() == 1


@pytest.mark.parametrize("group", ["/../../elsewhere", "/docker/other"])
def test_a_group_outside_of_what_is_mounted_leaves_the_mounts_own(system, group):
    system({**process(f"0::{group}", V2, root="/docker/ab12"), "sys/fs/cgroup/cpu.max": "200000 100000"})
    assert cores.available_cores() == 2


def test_a_hybrid_host_has_both(system):
    system(
        {
            **process("4:cpu,cpuacct:/a\n0::/b", V1, HYBRID),
            **quota("sys/fs/cgroup/cpu,cpuacct/a", 400_000),
            "sys/fs/cgroup/unified/b/cpu.max": "300000 100000",
        }
    )
    assert cores.available_cores() == 3


def test_a_mount_elsewhere_with_a_blank_in_its_name(system):
    mount = "33 23 0:30 / /my\\040groups rw - cgroup cgroup rw,cpu"
    system({**process("4:cpu:/", mount), **quota("my groups", 150_000)})
    assert cores.available_cores() == 2


@pytest.mark.parametrize("name", ["cpu", "cpu,cpuacct", "cpuacct,cpu", ""])
@pytest.mark.parametrize("place", ["", "batch/job 7"])
def test_version_1_where_the_list_of_mounts_does_not_name_it(system, name, place):
    """As under a sandbox's tmpfs; the quota is at the group's path, or at the mount's root if that is the host's."""
    groups = "9:memory:/elsewhere\n4:cpuacct,cpu:/batch/job 7"
    system({**process(groups), **quota(f"sys/fs/cgroup/{name}/{place}", 150_000)})
    assert cores.available_cores() == 2


@pytest.mark.parametrize(
    "name", ["volume\u2028two", "volume\x85two", "a\x0bb\x0cc", "a\x1cb\x1dc\x1ed", "a\rb", "\udce9t\udce9"]
)
def test_a_path_with_what_other_programs_take_for_the_end_of_a_line(system, tmp_path, name):
    mounts = f"35 23 8:1 / /mnt/{name} rw - ext4 /dev/{name} rw", V2
    system({"proc/self/mountinfo": "", "proc/self/cgroup": "", f"sys/fs/cgroup/{name}/cpu.max": "300000 100000"})
    for file, text in process(f"0::/{name}", *mounts).items():
        (tmp_path / file).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert cores.available_cores() == 3


def test_lines_without_the_fields_are_passed_over(system):
    system(
        {
            **process("\n4\n4:cpu\n0::/a", "", "-", " - ", "31 - cgroup2", V2, "cgroup2", " - cgroup"),
            "sys/fs/cgroup/a/cpu.max": "300000 100000",
        }
    )
    assert cores.available_cores() == 3


TEXT = st.text() | st.lists(st.sampled_from([*"0:, -/\n", "..", "cpu", "cgroup", "cgroup2", " - ", V1, V2])).map(
    "".join
)


@settings(deadline=None)
@given(groups=TEXT, mounts=TEXT, limit=TEXT)
def test_whatever_the_files_hold_some_core_may_be_used(tmp_path_factory, groups, mounts, limit):
    root = tmp_path_factory.mktemp("root")
    files = {"proc/self/cgroup": groups, "proc/self/mountinfo": mounts, "sys/fs/cgroup/cpu.max": limit}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cores, "_ROOT", root)
        assert cores.available_cores() >= 1


def test_a_quota_beyond_a_float_is_none(system):
    system({**process("0::/", V2), "sys/fs/cgroup/cpu.max": "9" * 400 + " 1"})
    assert cores.available_cores() == 8


def test_without_control_groups_or_affinity(system, monkeypatch):
    system({})
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert cores.available_cores() == (os.cpu_count() or 1)
