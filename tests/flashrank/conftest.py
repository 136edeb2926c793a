"""What the tests of models and their files share."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import flashrank
from flashrank.models import model_list as models
from tests.flashrank.models import tiny_archive

from ..hub import Hub

ROOT = Path(flashrank.__file__).parents[1]


def write(directory: Path, content: dict[str, bytes]) -> Path:
    """Write files, by their paths in a directory, and return the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for file, data in content.items():
        (directory / file).parent.mkdir(parents=True, exist_ok=True)
        (directory / file).write_bytes(data)
    return directory


def read(directory: Path) -> dict[str, bytes]:
    """Return all files of a directory by their paths in it."""
    paths = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return what a process printed as JSON, and its standard error as ``stderr``."""
    assert process.stdout is not None
    assert process.stderr is not None
    output, errors = process.stdout.read(), process.stderr.read()
    assert process.wait(timeout=30) == 0, errors
    return {**json.loads(output), "stderr": errors}


def resolve_at_once(hub: Hub, start: Callable[[], subprocess.Popen[str]], place: Path) -> None:
    """Let two processes want one model, the second while the first downloads it; both are to end with ``place``."""
    hub.stall_after = 50_000
    first = start()
    assert hub.stalled.wait(timeout=20)
    second = start()
    assert second.stderr is not None
    line = second.stderr.readline()
    assert line == f"flashrank: waiting for another process to put {place.name} into {place.parent}\n"
    hub.release.set()
    assert finish(first)["directory"] == finish(second)["directory"] == str(place)


def kill_half_way(hub: Hub, start: Callable[[], subprocess.Popen[str]], place: Path) -> None:
    """Kill a process while it downloads a model into ``place``, where nothing is to be seen of it."""
    hub.stall_after = 50_000
    victim = start()
    assert hub.stalled.wait(timeout=20)
    victim.kill()
    assert victim.wait() == -signal.SIGKILL
    hub.release.set()
    assert not place.exists()


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client reads its environment once, when it is imported: whatever that was, this test is online."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


@pytest.fixture
def environment(hub: Hub, tmp_path: Path) -> dict[str, str]:
    """The environment of a process whose hub is ours, whatever the tests' own says."""
    own = ("HF_", "HUGGING", "TRANSFORMERS_")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(own) and "proxy" not in k.lower()}
    return {**inherited, "HF_HOME": str(tmp_path / "hf"), "HF_ENDPOINT": hub.url}


@pytest.fixture
def start_process(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start Python with a script, what it reads, and changes to the environment; it is killed when the test ends."""
    processes = []

    def start(code: str, text: str, **changes: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**environment, **changes},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdin is not None
        process.stdin.write(text)
        process.stdin.close()
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """An empty place for a cache."""
    return tmp_path / "cache"


@pytest.fixture
def on_a_disk_of(cache: Path, environment: dict[str, str]) -> Callable[..., tuple[dict[str, Any], list[str]]]:
    """Run a script with the cache on a file system of so many kilobytes; return what it says in JSON, and what is left.

    The test is skipped where none can be mounted.
    """

    def run(kilobytes: int, code: str, text: str) -> tuple[dict[str, Any], list[str]]:
        cache.mkdir()
        script = f'mount -t tmpfs -o size={kilobytes}k tmpfs "$2" && "$0" -c "$1"; ls -A "$2"'
        namespace = ["unshare", "--user", "--map-root-user", "--mount"]
        if not shutil.which("unshare") or subprocess.run([*namespace, "mount", "-t", "tmpfs", "t", cache]).returncode:
            pytest.skip("no file system can be mounted here: this check did NOT run")
        process = subprocess.run(
            [*namespace, "sh", "-c", script, sys.executable, code, cache],
            cwd=ROOT,
            env=environment,
            input=text,
            capture_output=True,
            text=True,
        )
        answer, *left = process.stdout.splitlines()
        return json.loads(answer), left

    return run


@pytest.fixture
def tiny_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the tiny model the only one that is known by name."""
    monkeypatch.setattr(models, "ROWS", (tiny_archive.SPEC,))


@pytest.fixture
def published(hub: Hub) -> Hub:
    """The hub, with the tiny model's archive in it."""
    spec = tiny_archive.SPEC
    hub.files[spec.repository, spec.revision, spec.archive] = tiny_archive.ARCHIVE
    return hub


@pytest.fixture
def start(start_process: Callable[..., subprocess.Popen[str]], cache: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start a process that resolves the tiny model."""

    def start(spec: models.ModelSpec = tiny_archive.SPEC, **changes: str) -> subprocess.Popen[str]:
        return start_process(tiny_archive.RESOLVE, tiny_archive.arguments(cache, spec), **changes)

    return start


@pytest.fixture
def resolve(start: Callable[..., subprocess.Popen[str]]) -> Callable[..., dict[str, Any]]:
    """Resolve the tiny model in another process and return what it said."""
    return lambda *args, **changes: finish(start(*args, **changes))


def copy_model(source: Path, target: Path) -> Path:
    """Copy a model's directory without the graphs that other tests left beside it."""
    return Path(shutil.copytree(source, target, ignore=shutil.ignore_patterns(".fast")))


def is_fast(ranker: flashrank.Ranker) -> bool:
    """Tell whether a rewritten graph is run."""
    return ranker.graph == "fast"


def kept(model: Path) -> list[str]:
    """Return the names of what is kept beside a model."""
    return sorted(path.name for path in (model / ".fast").iterdir())


@pytest.fixture
def model(fixtures: Path, tmp_path: Path) -> Path:
    """A directory with an int8 model whose graph is known."""
    return copy_model(fixtures / "one-logit-int8", tmp_path / "model")


@pytest.fixture
def no_rewriting(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make it an error to rewrite a model from now on."""

    def refuse(path: Path) -> None:
        raise AssertionError(f"{path} was rewritten again")

    return lambda: monkeypatch.setattr("flashrank.scoring.fast.rewrite", refuse)
