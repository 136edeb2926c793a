"""The machine's fingerprint."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from pathlib import Path

import onnxruntime
import pytest

from bench.provenance.machine import commit_of, fingerprint, machine_id

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


@pytest.fixture
def checkout(tmp_path):
    """A repository with one commit, and what runs git in it."""

    def git(*arguments):
        options = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
        return subprocess.run(
            ["git", *options, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.strip()

    for name in (
        "flashrank/a.py",
        "bench/b.py",
        "reports/c.yaml",
        "reports/c/table.csv",
        "README.md",
        "bench/README.md",
        "flashrank/models/new.md",
        "pyproject.toml",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1\n")
    (tmp_path / ".gitignore").write_text("__pycache__/\n")
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "x")
    return tmp_path, git


def test_results_and_documents_do_not_make_a_checkout_dirty(checkout):
    root, git = checkout
    for name in (
        "reports/c/table.csv",
        "reports/c/new.csv",
        "README.md",
        "bench/README.md",
        "flashrank/models/new.md",
        "runs/x",
        "bench/__pycache__/b.pyc",
        "tests/t",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("2\n")
    assert commit_of(root) == git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    "name", ["flashrank/a.py", "bench/new.py", "eval_configs/d.yaml", "pyproject.toml", "reports/c.yaml"]
)
@pytest.mark.parametrize("staged", [False, True])
def test_what_measures_makes_it_dirty(checkout, name, staged):
    root, git = checkout
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("2\n")
    if staged:
        git("add", "--all")
    assert commit_of(root) == git("rev-parse", "HEAD") + "-dirty"


def test_a_deleted_file_makes_it_dirty_and_no_repository_has_no_commit(checkout, tmp_path_factory):
    root, _ = checkout
    (root / "bench/b.py").unlink()
    assert str(commit_of(root)).endswith("-dirty")
    assert commit_of(tmp_path_factory.mktemp("plain")) is None
