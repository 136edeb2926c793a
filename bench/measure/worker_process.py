"""Worker processes: each is started, asked and ended from here; ``worker`` is the program that they run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from bench.common.errors import BenchError

#: The checkout that this module is part of.
CHECKOUT = Path(__file__).parents[2]
#: The program that reranks, and its arguments.
RERANK = (str(Path(__file__).with_name("worker.py")),)

#: How a process ends that the system kills, as it does where memory runs out; a number, as Windows names no SIGKILL.
_KILLED = -9


class WorkerError(BenchError):
    """A worker process cannot do what it is asked.

    Attributes:
        label: Which process.
        problem: What it cannot do.
    """

    def __init__(self, label: str, problem: str) -> None:
        super().__init__(f"{label}: {problem}")
        self.label = label
        self.problem = problem


class WorkerProcess:
    """A process that runs ``worker.serve``. It starts at once; the first request waits until it is ready.

    Args:
        label: What errors call it.
        command: The interpreter, the program and its arguments.
        setup: What it loads, as JSON values.
        path: Its ``PYTHONPATH``: a checkout, or nothing for what is installed.

    Raises:
        WorkerError: The interpreter cannot be started.
    """

    def __init__(self, label: str, command: Sequence[str], setup: Mapping[str, Any], path: str | Path = "") -> None:
        self.label = label
        self._setup = dict(setup)
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                env={**os.environ, "PYTHONPATH": str(path), "HF_HUB_OFFLINE": "1"},
            )
        except OSError as error:
            raise WorkerError(label, f"the process cannot be started ({command[0]}: {error.strerror})") from error
        _end_first(self._process.pid)

    @cached_property
    def package(self) -> str:
        """The folder of the package that it runs, known once it is ready.

        Raises:
            WorkerError: The package cannot be imported, or cannot load the model.
        """
        return str(self._exchange(self._setup)["ready"])

    def ask(self, query: str, texts: Sequence[str]) -> dict[str, Any]:
        """Send a request and return the answer; ``worker`` says what is in it.

        Raises:
            WorkerError: The process cannot answer, or has ended.
        """
        _ = self.package  # a process that is not ready answers no request
        return self._exchange({"query": query, "texts": list(texts)})

    def _exchange(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except OSError:
            pass  # the process has ended, and may have said why
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            ended = "was killed, most likely for want of memory" if code == _KILLED else "ended"
            raise WorkerError(self.label, f"the process {ended} (code {code})")
        answer = dict(json.loads(line))
        if "error" in answer:
            raise WorkerError(self.label, answer["error"])
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._process.communicate()
        except OSError:  # it ended with a message still unread
            self._process.wait()


def _end_first(process_id: int) -> None:
    """Let Linux end this process before others where memory runs out; who asks it then goes on without it."""
    with suppress(OSError):  # there is no such file elsewhere
        Path(f"/proc/{process_id}/oom_score_adj").write_text("1000", encoding="ascii")


def ranker_process(
    label: str,
    model: str,
    *,
    python: str = sys.executable,
    path: str | Path = CHECKOUT,
    cache_dir: str | None = None,
    options: Mapping[str, Any] | None = None,
    program: Sequence[str] = RERANK,
) -> WorkerProcess:
    """Start a worker process that reranks.

    Args:
        label: What errors call it.
        model: What it loads: a name, or a directory.
        python: The interpreter of its environment.
        path: ``PYTHONPATH`` of the process: a checkout, by default this one, or nothing for what is installed.
        cache_dir: Where models are kept; None for the default.
        options: Further arguments of ``Ranker``, as JSON values.
        program: The program and its arguments.

    Raises:
        WorkerError: The interpreter cannot be started.
    """
    setup = {"model": model, "cache_dir": cache_dir, "options": dict(options or {})}
    return WorkerProcess(label, [python, *program], setup, path)
