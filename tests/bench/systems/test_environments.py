"""Environments made with a package of the test's own, from a folder and with no network."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench.common.errors import BenchError
from bench.systems import environments
from bench.systems.environments import INSTALLED, environment, is_made
from bench.systems.rows import System

ROOT = Path(__file__).parents[3]
PROGRAM = Path("program.py")
TINY = System("tiny", "Tiny", ("tinyreranker==1.2",), PROGRAM)


@pytest.fixture
def index(tmp_path, monkeypatch) -> Path:
    """A folder of wheels, the only place where pip looks."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    about = "tinyreranker-1.2.dist-info"
    with zipfile.ZipFile(folder / "tinyreranker-1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tinyreranker.py", "VERSION = '1.2'\n")
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tinyreranker\nVersion: 1.2\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(folder), "CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    return folder


def output(python: Path, program: str) -> str:
    return subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_what_requires_nothing_runs_here(tmp_path):
    system = System("here", "Here", (), PROGRAM)
    assert is_made(system, tmp_path)
    assert environment(system, tmp_path) == Path(sys.executable)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("index")
def test_it_is_made_once_by_two_processes_and_again_where_it_is_half_made(tmp_path, monkeypatch):
    folder = tmp_path / "environments"
    assert not is_made(TINY, folder)
    program = (
        "import sys; from pathlib import Path; from bench.systems import environments; "
        "from bench.systems.rows import System; make = environments._make\n"
        "def told(*arguments): print('made', end=' '); make(*arguments)\n"
        "environments._make = told\n"
        f"print(environments.environment(System('tiny', 'Tiny', {TINY.requirements!r}, Path('x')), Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", program, str(folder)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(subprocess.run, command, env=environ, capture_output=True, text=True, check=True)
            for _ in range(2)
        ]
        said = sorted(run.result().stdout.split() for run in runs)
    python = environment(TINY, folder)
    assert said == [[str(python)], ["made", str(python)]]
    assert is_made(TINY, folder)
    assert output(python, "import tinyreranker; print(tinyreranker.VERSION)") == "1.2"
    assert output(python, "import importlib.util as u; print(u.find_spec('onnxruntime'))") == "None"
    home = python.parents[1]
    assert (home / INSTALLED).read_text().splitlines() == ["tinyreranker==1.2"]

    # One that was left in the middle lacks its last file.
    (home / INSTALLED).unlink()
    (home / "left-over").touch()
    assert not is_made(TINY, folder)
    assert environment(TINY, folder) == python
    assert not (home / "left-over").exists()
    assert is_made(TINY, folder)

    # Whole ones are left alone: with nothing to install from, it would fail.
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "absent"))
    assert environment(TINY, folder) == python


@pytest.mark.slow
@pytest.mark.usefixtures("index")
def test_what_pip_cannot_install_is_one_line(tmp_path):
    absent = System("absent", "Absent 7", ("tinyreranker==7.0",), PROGRAM)
    with pytest.raises(BenchError) as error:
        environment(absent, tmp_path / "environments")
    message = str(error.value)
    assert message.startswith("Absent 7 cannot be installed: ")
    assert "tinyreranker==7.0" in message
    assert message.endswith("; the first use needs a package index that pip can reach")
    assert "\n" not in message
    assert not is_made(absent, tmp_path / "environments")


def test_a_half_made_one_is_made_again_from_nothing(tmp_path, monkeypatch):
    made = []

    def make(_system, home):
        assert not home.exists()
        made.append(home)
        python = environments._python(home)
        python.parent.mkdir(parents=True)
        python.touch()
        if len(made) == 1:
            raise KeyboardInterrupt
        (home / INSTALLED).touch()

    monkeypatch.setattr(environments, "_make", make)
    with pytest.raises(KeyboardInterrupt):
        environment(TINY, tmp_path)
    assert not is_made(TINY, tmp_path)
    python = environment(TINY, tmp_path)
    assert is_made(TINY, tmp_path)
    assert len(made) == 2
    assert environment(TINY, tmp_path) == python
    # As a link does when the Python that it leads to is removed.
    python.unlink()
    assert not is_made(TINY, tmp_path)
    assert environment(TINY, tmp_path) == python
    assert len(made) == 3


def test_other_requirements_and_another_python_are_another_environment(tmp_path, monkeypatch):
    folder = tmp_path / "environments"
    made = []
    monkeypatch.setattr("bench.systems.environments._make", lambda _system, home: made.append(home))
    for system in (TINY, System("tiny", "Tiny", ("tinyreranker==1.3",), PROGRAM)):
        environment(system, folder)
    monkeypatch.setattr("bench.systems.environments.platform.python_version", lambda: "3.99.0")
    environment(TINY, folder)
    assert len(set(made)) == 3


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BenchError, match=r"the environment of Tiny cannot be made in .*file"):
        environment(TINY, tmp_path / "file")
