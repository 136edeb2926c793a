"""The command line: what it imports, what it refuses, and how it says so."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import flashrank
from flashrank import locate_model
from flashrank.__main__ import main
from tests.flashrank.conftest import kept

ROOT = Path(__file__).parents[2]
ABSENT = "import sys; sys.modules[{!r}] = None; from flashrank.__main__ import main; sys.exit(main(sys.argv[1:]))"


def python(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-W", "error", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_imports_nothing_heavy():
    heavy = ("torch", "transformers", "onnx", "onnxruntime", "huggingface_hub", "numpy")
    script = f"""
import sys
from flashrank.__main__ import main
try:
    main(["export", "--help"])
finally:
    print("heavy:", *(name for name in {heavy!r} if name in sys.modules))
"""
    found = python("-c", script)
    assert found.returncode == 0, found.stderr
    assert "SOURCE" in found.stdout
    assert found.stdout.splitlines()[-1] == "heavy:"


def test_version(capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--version"])
    assert capsys.readouterr().out == f"flashrank {flashrank.__version__}\n"


def test_it_runs_as_a_module():
    found = python("-m", "flashrank", "export", "--help")
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("usage: flashrank export")


def test_the_console_script():
    scripts = entry_points(group="console_scripts", name="flashrank")
    if not scripts:
        pytest.skip("flashrank is not installed: its console script was NOT checked")
    assert {script.value for script in scripts} == {"flashrank.__main__:main"}


@pytest.mark.parametrize("arguments", [[], ["export"], ["export", "only-a-source"], ["quantise"]])
def test_wrong_arguments_exit_with_2(arguments, capsys):
    with pytest.raises(SystemExit, match=r"^2$"):
        main(arguments)
    assert "usage: flashrank" in capsys.readouterr().err


@pytest.mark.parametrize("absent", ["torch", "transformers", "onnx"])
def test_a_missing_extra_is_one_line(absent, tmp_path):
    found = python("-c", ABSENT.format(absent), "export", "org/name", tmp_path / "out")
    assert found.returncode == 1
    assert found.stderr.startswith("flashrank: export needs ")
    assert absent in found.stderr
    assert found.stderr.endswith(": pip install 'flashrank[export]'\n")
    assert len(found.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--opset", "3"], "flashrank: --opset is 3; allowed: 14 to 20\n"),
        (["--tolerance", "0"], "flashrank: --tolerance is 0; it must be a number above 0\n"),
        (["--per-channel"], "flashrank: --per-channel and --reduce-range say how to quantise: add --int8\n"),
    ],
)
def test_an_option_that_cannot_be_used_is_one_line(options, message, tmp_path, capsys):
    assert main(["export", "org/name", str(tmp_path / "out"), *options]) == 1
    assert capsys.readouterr().err == message


def test_download_makes_a_model_ready(model, capsys):
    assert main(["download", str(model), "nano"]) == 0
    bundled = locate_model("nano").directory
    assert capsys.readouterr().out == f"{model}: {model}, graph fast\nnano: {bundled}, graph as-shipped\n"
    assert kept(model)


def test_download_of_a_model_that_is_not_known_is_one_line(tmp_path, capsys):
    assert main(["download", "nano2", "--cache-dir", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("flashrank: 'nano2' is neither a known model")
