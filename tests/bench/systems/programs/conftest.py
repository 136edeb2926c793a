"""Made-up libraries: a worker process finds them instead of the real ones, and they note how they are called."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench.measure.worker_process import WorkerProcess
from bench.systems import system_worker
from bench.systems.rows import PROGRAMS

NOTED = """
import json, os
def note(name, *arguments, **named):
    with open(os.environ["NOTES"], "a") as file:
        file.write(json.dumps([name, list(arguments), named], default=repr) + chr(10))
"""

ONNXRUNTIME = """
from noted import note
class SessionOptions:
    intra_op_num_threads = 0
    def __repr__(self): return f"threads={self.intra_op_num_threads}"
class InferenceSession:
    def __init__(self, path, sess_options=None, **named): note("InferenceSession", path, sess_options, **named)
"""

TORCH = """
from types import SimpleNamespace
from noted import note
def set_num_threads(threads): note("set_num_threads", threads)
class Identity:
    def __repr__(self): return "Identity"
nn = SimpleNamespace(Identity=Identity)
"""


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Run a program with made-up modules and ask it once; returns its answer and the calls that were noted."""

    def run(program: str, modules: dict[str, str], setup: dict, query: str, texts: list[str]):
        folder = tmp_path / "modules"
        for name, text in {"noted.py": NOTED, "onnxruntime.py": ONNXRUNTIME, "torch.py": TORCH, **modules}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        notes = tmp_path / "notes"
        notes.touch()
        monkeypatch.setenv("NOTES", str(notes))
        command = [sys.executable, "-P", system_worker.__file__, str(PROGRAMS / program)]
        with WorkerProcess(program, command, setup, folder) as process:
            answer = process.ask(query, texts)
            assert Path(process.package).is_relative_to(folder)
        return answer, [json.loads(line) for line in notes.read_text().splitlines()]

    return run
