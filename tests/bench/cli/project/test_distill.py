"""The verb ``distill``: the same arguments and the same stages as ``python -m bench.distill``."""

from __future__ import annotations

import pytest

from bench.cli.main import main
from bench.distill.__main__ import main as program


def helped(capsys, call, *words):
    with pytest.raises(SystemExit, match="0"):
        call([*words, "--help"])
    text = capsys.readouterr().out
    return " ".join(text[text.index("positional arguments") :].split())


def test_its_arguments_are_those_of_the_program(capsys):
    assert helped(capsys, main, "distill") == helped(capsys, program)


@pytest.mark.parametrize(
    ("words", "message"),
    [(["export", "--out", "none"], "run the stage `train` first"), (["pack"], "give --pack")],
)
def test_its_mistakes_are_one_line(capsys, monkeypatch, tmp_path, words, message):
    monkeypatch.chdir(tmp_path)
    assert main(["distill", *words]) == program(words) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(message in line for line in lines)
    assert lines[0].startswith("bench: ")
