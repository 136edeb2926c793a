"""A base taken out of a repository made for the test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.common.errors import BenchError
from bench.gate import checkouts as module
from bench.gate.checkouts import installed_base, this_checkout

PROJECT = '[project]\nname = "flashrank"\nversion = "0"\ndependencies = ["numpy>={}"]\n'


@pytest.fixture
def repository(tmp_path):
    """Two commits: ``first`` and, with another dependency, ``second``; and a change that is in neither."""
    root = tmp_path / "repository"
    (root / "flashrank").mkdir(parents=True)

    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)

    git("init", "--quiet")
    for number, tag in enumerate(("first", "second"), start=1):
        (root / "flashrank" / "__init__.py").write_text(f"NUMBER = {number}\n")
        (root / "pyproject.toml").write_text(PROJECT.format(number))
        git("add", ".")
        git("commit", "--quiet", "--message", tag)
        git("tag", tag)
    (root / "flashrank" / "__init__.py").write_text("NUMBER = 3\n")
    return root


def test_the_commit_runs_from_its_own_files_and_leaves_no_trace(repository):
    before = subprocess.run(["git", "status", "--short"], cwd=repository, capture_output=True, check=True).stdout
    with installed_base("second", repository) as base:
        path = Path(base.path)
        assert base.python == sys.executable
        assert (path / "flashrank" / "__init__.py").read_text() == "NUMBER = 2\n"
        assert base.name.startswith("second (")
    assert not path.exists()
    after = subprocess.run(["git", "status", "--short"], cwd=repository, capture_output=True, check=True).stdout
    worktrees = subprocess.run(["git", "worktree", "list"], cwd=repository, capture_output=True, check=True).stdout
    assert after == before
    assert len(worktrees.splitlines()) == 1


def test_other_dependencies_get_an_environment_of_their_own(repository, monkeypatch):
    asked = []
    monkeypatch.setattr(module, "_install", lambda *paths: asked.append(paths[0]) or "python-of-base")
    with installed_base("first", repository) as base:
        assert (base.python, base.path) == ("python-of-base", "")
    assert [checkout.name for checkout in asked] == ["base"]


@pytest.mark.parametrize("ref", ["nowhere", "--help", ""])
def test_a_commit_that_is_not_there_is_refused(repository, ref):
    with pytest.raises(BenchError, match="no such commit"), installed_base(ref, repository):
        pass


def test_a_commit_without_the_package_is_refused(repository):
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]
    subprocess.run([*git, "rm", "-rfq", "--cached", "flashrank"], cwd=repository, check=True)
    subprocess.run([*git, "commit", "-qm", "none"], cwd=repository, check=True)
    with pytest.raises(BenchError, match="holds no flashrank"), installed_base("HEAD", repository):
        pass


def test_this_checkout_is_the_one_at_hand():
    here = this_checkout()
    assert (Path(here.path) / "flashrank" / "__init__.py").is_file()
    assert here.name.startswith("this checkout (")
