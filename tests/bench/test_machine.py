"""The machine's fingerprint."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

import onnxruntime
import pytest

from bench.machine import fingerprint, machine_id

CPUINFO = Path("/proc/cpuinfo")


def test_the_fingerprint_says_what_a_latency_depends_on():
    machine = fingerprint()
    assert json.loads(json.dumps(machine)) == machine
    assert machine["cpu"]
    assert machine["cores"] <= machine["cores_of_machine"] == os.cpu_count()
    assert machine["memory_bytes"] > 2**28
    assert machine["versions"]["onnxruntime"] == onnxruntime.__version__
    assert machine["versions"]["python"] == platform.python_version()
    assert "OMP_NUM_THREADS" in machine["thread_variables"]


@pytest.mark.skipif(not CPUINFO.exists(), reason="no /proc/cpuinfo to compare with")
def test_instruction_sets_are_those_of_the_processor():
    flags = set(CPUINFO.read_text(encoding="ascii").split())
    assert set(fingerprint()["isa"]) <= flags
    assert {"avx2", "avx512_vnni", "avx_vnni"} & set(fingerprint()["isa"]) == {
        "avx2",
        "avx512_vnni",
        "avx_vnni",
    } & flags


def test_the_id_changes_with_the_processor_and_not_with_the_software():
    machine = fingerprint()
    assert machine_id({**machine, "versions": {}, "commit": "x", "memory_bytes": 1}) == machine_id(machine)
    assert machine_id({**machine, "cores": 99}) != machine_id(machine)
    assert machine_id({**machine, "isa": ["avx512_vnni"]}) != machine_id(machine)
