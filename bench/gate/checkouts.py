"""The versions that the gate runs: this checkout, and a commit's files in a folder of their own."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.common.errors import BenchError
from bench.measure.worker_process import CHECKOUT


@dataclass(frozen=True)
class RunnableVersion:
    """A version of flashrank, ready to run.

    Attributes:
        name: What it is, for people.
        python: The interpreter.
        path: ``PYTHONPATH`` of its processes; empty where it is installed.
    """

    name: str
    python: str
    path: str


def this_checkout() -> RunnableVersion:
    """Return the version under test: the files of this checkout, committed or not."""
    commit = _git("describe", "--always", "--abbrev=12", "--dirty", "--match", "")
    return RunnableVersion(f"this checkout ({commit or 'of no repository'})", sys.executable, str(CHECKOUT))


@contextmanager
def installed_base(ref: str, root: Path = CHECKOUT) -> Iterator[RunnableVersion]:
    """Yield the version at ``ref``, ready to run, and remove it afterwards.

    The commit's files are taken out of the repository by ``git archive``, which leaves neither a worktree nor any
    other trace there. If it asks for the same dependencies as this checkout, it runs from those files under this
    interpreter. An install would bring nothing else, since the wheel holds the folder of the package, and both versions
    then share one onnxruntime. Otherwise it is installed, with its own dependencies, into an environment of its own.

    Args:
        ref: Any name of a commit.
        root: A checkout of the repository.

    Raises:
        BenchError: There is no such commit, it holds no flashrank, or it cannot be installed.
    """
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", root=root)
    if not commit:
        raise BenchError(f"--base {ref}: no such commit in {root}; in CI, fetch it before (fetch-depth)")
    done = subprocess.run(["git", "archive", "--format=zip", commit], cwd=root, capture_output=True, check=False)
    if done.returncode:
        raise BenchError(f"--base {ref}: git archive failed: {done.stderr.decode(errors='replace').strip()}")
    with tempfile.TemporaryDirectory(prefix="gate-", ignore_cleanup_errors=True) as name:
        folder = Path(name) / "base"
        with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder)
        if not (folder / "flashrank" / "__init__.py").is_file():
            raise BenchError(f"--base {ref}: commit {commit[:12]} holds no flashrank")
        title = f"{ref} ({commit[:12]})"
        if _dependencies(folder) == _dependencies(root):
            yield RunnableVersion(title, sys.executable, str(folder))
        else:
            yield RunnableVersion(
                f"{title}, with its own dependencies", _install(folder, Path(name) / "environment"), ""
            )


def _dependencies(checkout: Path) -> list[str] | None:
    """Return what a plain install asks for; None where the checkout does not say."""
    try:
        project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return None
    return sorted(project.get("dependencies", []))


def _install(checkout: Path, environment: Path) -> str:
    venv.create(environment, with_pip=True)
    folder, name = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    python = str(environment / folder / name)
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", str(checkout)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BenchError(f"the base cannot be installed: {last}")
    return python


def _git(*arguments: str, root: Path = CHECKOUT) -> str:
    """Return what git prints, or an empty string where it fails."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise BenchError(f"git cannot be run: {error.strerror}") from error
    return done.stdout.strip() if done.returncode == 0 else ""
