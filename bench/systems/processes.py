"""Worker processes of systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common.digest import digest_files
from bench.common.model_config import read_model_config
from bench.measure.worker_process import CHECKOUT, WorkerProcess
from bench.systems.environments import environment
from bench.systems.float_directory import float_directory
from bench.systems.rows import System
from bench.systems.system_worker import SERVING
from flashrank import resolve_model

_WORKER = Path(__file__).with_name("system_worker.py")


@dataclass(frozen=True)
class PreparedProcess:
    """Worker processes of a system that can be started at once.

    Attributes:
        label: What errors call them.
        command: The interpreter, the program and its arguments.
        setup: What they load, as JSON values.
        path: Their ``PYTHONPATH``.
    """

    label: str
    command: tuple[str, ...]
    setup: Mapping[str, Any]
    path: str | Path

    def start(self) -> WorkerProcess:
        """Start one.

        Raises:
            WorkerError: The interpreter cannot be started.
        """
        return WorkerProcess(self.label, self.command, self.setup, self.path)


def start(system: System, model_directory: Path, max_length: int, threads: int) -> WorkerProcess:
    """Start the worker process of a system, as ``prepare`` makes it ready.

    Returns:
        A process whose answers ``system_worker`` describes.

    Raises:
        BenchError, FlashRankError: As for ``prepare``.
    """
    return prepare(system, model_directory, max_length, threads).start()


def prepare(system: System, model_directory: Path, max_length: int, threads: int) -> PreparedProcess:
    """Make all that a system's worker process needs, its environment too, if it is not there.

    Args:
        system: What is run.
        model_directory: A model in FlashRank's layout.
        max_length: Most tokens per pair; every system is told the model's own limit where that is less, as not all
            of them look for it.
        threads: Threads that it computes with.

    Raises:
        BenchError: The environment cannot be made, or the model's float32 weights cannot be read, where it needs them.
        FlashRankError: The model's files cannot be used.
    """
    python = environment(system)
    model = resolve_model(model_directory.absolute(), offline=True)
    reads_onnx = system.weights == "onnx"
    setup = {
        "directory": str(model.directory if reads_onnx else float_directory(model)),
        "file": model.weights.relative_to(model.directory).as_posix() if reads_onnx else "",
        "max_length": min([max_length, *_limits(model.directory)]),
        "threads": threads,
        "options": dict(system.options),
    }
    # -P keeps this folder's modules from standing in for a library's.
    command = (str(python), "-P", str(_WORKER), str(system.program))
    return PreparedProcess(system.label, command, setup, "" if system.requirements else CHECKOUT)


def system_identity(system: System) -> dict[str, Any]:
    """Return what decides how a system answers, beside model and machine, as JSON values.

    The sources that its process runs are among it, since a program that calls its library in another way measures
    something else. How this checkout itself scores is not: its versions say that.
    """
    return {
        "requirements": list(system.requirements),
        "options": dict(system.options),
        "program": digest_files([system.program, _WORKER, SERVING]),
    }


def _limits(directory: Path) -> Iterator[int]:
    """Yield how long a model's files allow a pair to be, as far as they say so."""
    for file, key in (("tokenizer_config.json", "model_max_length"), ("config.json", "max_position_embeddings")):
        limit = read_model_config(directory, file).get(key)
        if isinstance(limit, int) and limit > 0:
            yield limit
