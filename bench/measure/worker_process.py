"""A side: the process, and what is said to it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from bench.common.errors import BenchError

#: The program that a side runs.
WORKER = (str(Path(__file__).with_name("worker.py")),)


class WorkerError(BenchError):
    """A side that cannot do what it is asked; ``label`` says which."""

    def __init__(self, label: str, problem: str) -> None:
        super().__init__(f"{label}: {problem}")
        self.label = label
        self.problem = problem


class WorkerProcess:
    """A worker process with one flashrank or another in it; it starts at once and is waited for when first needed.

    Args:
        label: What errors call it.
        python: The environment's interpreter.
        model: What it loads: a name, or a directory.
        cache_dir: Where models are kept; None for the default.
        path: ``PYTHONPATH`` of the process: a checkout, or nothing for what is installed.
        options: Further arguments of ``Ranker``.
        worker: The program and its arguments.
    """

    def __init__(
        self,
        label: str,
        python: str,
        model: str,
        *,
        cache_dir: str | None = None,
        path: str = "",
        options: Mapping[str, Any] | None = None,
        worker: Sequence[str] = WORKER,
    ) -> None:
        self.label = label
        self._process = subprocess.Popen(
            [python, *worker],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1"},
        )
        self._setup = {"model": model, "cache_dir": cache_dir, "options": dict(options or {})}

    @cached_property
    def package(self) -> str:
        """Where the flashrank of this side lies, once it is ready.

        Raises:
            WorkerError: It cannot be imported, or cannot load the model.
        """
        return str(self._ask(self._setup)["ready"])

    def rerank(self, query: str, texts: Sequence[str]) -> dict[str, Any]:
        """Return the worker's answer: ``seconds``, ``scores``, ``peak_bytes``.

        Raises:
            WorkerError: It cannot rerank them, or has ended.
        """
        _ = self.package  # before it is ready, a side answers nothing else
        return self._ask({"query": query, "texts": list(texts)})

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError:  # the process ended before it read anything
            line = ""
        if not line:
            raise WorkerError(self.label, f"the process ended (code {self._process.wait()})")
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
