"""What the tests of export share."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give tiny checkpoints by name, made with torch and transformers; tests that ask are skipped without them."""
    for module in ("torch", "transformers"):
        pytest.importorskip(module, reason=f"{module} is not installed: this check of export did NOT run")
    folder = tmp_path_factory.mktemp("checkpoints")

    def make(name: str) -> Path:
        directory = folder / name
        if not directory.is_dir():
            # In a process of its own, as other fixtures have modules of the same names.
            script = f"from tiny_sources import Path, write_source; write_source({name!r}, Path({str(directory)!r}))"
            path = os.pathsep.join((str(FIXTURES), str(ROOT)))
            made = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", script],
                env={**os.environ, "PYTHONPATH": path},
                capture_output=True,
                text=True,
                check=False,
            )
            assert made.returncode == 0, made.stderr
        return directory

    return make


@pytest.fixture
def flashrank(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line in a directory of its own; in this process, as loading torch takes seconds."""
    from flashrank.__main__ import main

    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's own, when it is imported
            status = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, status, printed.out, printed.err)

    return run
