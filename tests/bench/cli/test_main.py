"""The command line before any verb runs: its verbs, their help, and what it does not import."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from rich.console import Console

from bench.cli.main import main
from bench.cli.verbs import VERBS, Verb
from bench.common.exit_codes import ExitCode
from tests.bench.conftest import ROOT

#: Each takes a good part of a second to import, or is not there where only torch is.
HEAVY = ("bm25s", "ir_datasets", "ir_measures", "jinja2", "matplotlib", "onnxruntime", "pandas", "pydantic", "scipy")


def test_every_verb_has_a_module_of_its_own_and_a_line_of_help():
    assert len({verb.name for verb in VERBS}) == len({verb.module for verb in VERBS}) == len(VERBS)
    for verb in VERBS:
        assert not verb.help.endswith(".")
        assert verb.load().run.__doc__


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"]])
def test_help_lists_what_there_is(capsys, words):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    listed = capsys.readouterr().out
    assert ("exit codes: 0 done, 1 failed, 2 refused, 3 cannot judge, 130 interrupted" in listed) == (len(words) == 1)
    for name in ["--limit", "--skip-unavailable"] if words[0] == "run" else [verb.name for verb in VERBS]:
        assert f"  {name}" in listed


def test_help_imports_nothing_that_takes_long():
    script = "import sys, bench.cli.main\ntry: bench.cli.main.main(['--help'])\nfinally: print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    imported = done.stdout.splitlines()[-1].split()
    assert "bench.cli.main" in imported
    assert not {*HEAVY} & {*imported}
    assert not [name for name in imported if name.startswith(("bench.run", "bench.report", "bench.experiment"))]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_has_help(capsys, verb):
    with pytest.raises(SystemExit, match="0"):
        main([verb.name, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert f"python -m bench {verb.name} [-h]" in said
    assert verb.help in said


@pytest.mark.parametrize(
    ("package", "words", "install"),
    [
        ("ir_measures", ["run", "x"], "'.[bench]'"),
        ("onnx", ["stability", "nano", "--collection", "x"], "'.[bench]'"),
        ("torch", ["distill", "--minutes", "1"], "'.[distill]'"),  # which only some of its stages need
    ],
)
def test_a_package_that_is_not_installed_is_named_in_one_line(package, words, install):
    script = f"import sys; sys.modules[{package!r}] = None\nfrom bench.cli.main import main\nsys.exit(main({words!r}))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.REFUSED
    assert done.stderr == f"bench: {words[0]} needs the package {package}: pip install {install}\n"


def test_without_what_the_command_line_itself_needs_that_is_named():
    script = "import runpy, sys; sys.modules['rich'] = None; runpy.run_module('bench', run_name='__main__')"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.REFUSED
    assert done.stderr.startswith("bench: the package rich")
    assert done.stderr.endswith(" is needed: pip install '.[bench]'\n")


@pytest.mark.parametrize("words", [[], ["measure"], ["ls", "everything"]])
def test_a_word_that_is_none_is_refused_with_what_may_stand_there(capsys, words):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == ExitCode.REFUSED
    assert ("invalid choice" if words else "arguments are required: COMMAND") in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (OSError(28, "No space left on device"), 2, "No space left on device; what was finished is kept"),
        (KeyboardInterrupt(), 130, "interrupted; to go on from here: python -m bench ls 'what there is'"),
    ],
)
def test_what_ends_a_verb_is_one_line(monkeypatch, capsys, error, code, line):
    class Module:
        @staticmethod
        def add_arguments(parser):
            parser.add_argument("what")

        @staticmethod
        def run(_options, console):
            assert isinstance(console, Console)
            raise error

    monkeypatch.setattr(Verb, "load", lambda _: Module)
    assert main(["ls", "what there is"]) == code
    said = capsys.readouterr().err
    assert said.startswith("bench: ")
    assert line in said
    assert said.count("\n") == 1
