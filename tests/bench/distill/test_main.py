"""The command line: what it refuses, and in which words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.distill.__main__ import main
from bench.distill.design import Design
from bench.distill.stages import DESIGN, prepare
from bench.errors import BenchError


def test_export_before_training_is_one_line(tmp_path, capsys):
    assert main(["export", "--out", str(tmp_path / "none")]) == 2
    assert "run the stage `train` first" in capsys.readouterr().err


def test_another_design_in_the_same_folder_is_refused(tmp_path):
    (tmp_path / DESIGN).write_text(json.dumps(Design(table=64).as_json()))
    with pytest.raises(BenchError, match="another design"):
        prepare(None, [], Design(), tmp_path, None)  # type: ignore[arg-type]


def test_help_needs_no_torch():
    code = "import sys; sys.modules['torch'] = None; from bench.distill.__main__ import main; main(['--help'])"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    assert "label, train, export, evaluate" in found.stdout
