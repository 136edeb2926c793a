"""Environments of systems: each is made on first use and kept in the user's cache, whole or not at all."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import platformdirs
from filelock import FileLock

from bench.common.atomic import whole_file
from bench.common.digest import digest_of
from bench.common.errors import BenchError
from bench.systems.rows import System

#: Written last, so that an environment that holds it is whole: what was installed, a version a line.
INSTALLED = "installed.txt"


def default_folder() -> Path:
    """Return where environments are kept: they can always be made again."""
    return platformdirs.user_cache_path("flashrank-bench", appauthor=False) / "environments"


def environment(system: System, folder: Path | None = None) -> Path:
    """Return the interpreter of a system's environment, which is made if it is not there.

    A system that requires nothing runs in this interpreter's environment. pip installs what others require, as the
    user has set it up: on Linux, for example, ``PIP_INDEX_URL`` can name an index whose torch comes without CUDA, which
    is gigabytes smaller.

    Args:
        system: The system.
        folder: Where environments are kept; ``default_folder()`` if None.

    Raises:
        BenchError: The environment cannot be made.
    """
    if not system.requirements:
        return Path(sys.executable)
    home = _home(system, folder or default_folder())
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(home.parent / f".{home.name}.lock"):
            if not _is_whole(home):
                shutil.rmtree(home, ignore_errors=True)  # of a process that was killed
                _make(system, home)
    except OSError as error:
        raise BenchError(f"the environment of {system.label} cannot be made in {home}: {error}") from error
    return _python(home)


def is_made(system: System, folder: Path | None = None) -> bool:
    """Tell whether a system can be started without installing anything."""
    return not system.requirements or _is_whole(_home(system, folder or default_folder()))


def _home(system: System, folder: Path) -> Path:
    """Return the folder of an environment: another one for other requirements and for another Python."""
    python = [platform.python_implementation(), platform.python_version(), platform.machine(), sys.platform]
    return folder / f"{system.name}-{digest_of([sorted(system.requirements), python])[:12]}"


def _python(home: Path) -> Path:
    return home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _is_whole(home: Path) -> bool:
    # The interpreter is a link to one that may have gone since.
    return (home / INSTALLED).is_file() and _python(home).is_file()


def _make(system: System, home: Path) -> None:
    try:
        venv.create(home, with_pip=True)
    except subprocess.CalledProcessError as error:
        raise BenchError(f"the environment of {system.label} cannot be made: this Python has no pip to give") from error
    # Once more is enough: without a network, five retries of every requirement take minutes.
    _pip(system, home, "install", "--retries", "1", *system.requirements)
    with whole_file(home / INSTALLED) as partial:
        partial.write_text(_pip(system, home, "freeze"), encoding="utf-8")


def _pip(system: System, home: Path, *arguments: str) -> str:
    command = [str(_python(home)), "-I", "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["pip gave no reason"]
        reason = next((line for line in reversed(lines) if line.startswith("ERROR:")), lines[-1])
        raise BenchError(
            f"{system.label} cannot be installed: {reason.removeprefix('ERROR:').strip()}; "
            "the first use needs a package index that pip can reach"
        )
    return done.stdout
