"""Worker processes of systems."""

from __future__ import annotations

from pathlib import Path

from bench.measure.worker_process import CHECKOUT, WorkerProcess
from bench.systems.environments import environment
from bench.systems.float_directory import float_directory
from bench.systems.rows import System
from flashrank import resolve_model

_WORKER = Path(__file__).with_name("system_worker.py")


def start(system: System, model_directory: Path, max_length: int, threads: int) -> WorkerProcess:
    """Start the worker process of a system; its environment is made before, if it is not there.

    Args:
        system: What is run.
        model_directory: A model in FlashRank's layout.
        max_length: Most tokens per pair.
        threads: Threads that it computes with.

    Returns:
        A process whose answers ``system_worker`` describes.

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
        "max_length": max_length,
        "threads": threads,
        "options": dict(system.options),
    }
    # -P keeps this folder's modules from standing in for a library's.
    command = [str(python), "-P", str(_WORKER), str(system.program)]
    return WorkerProcess(system.label, command, setup, "" if system.requirements else CHECKOUT)
