"""The check of random models, as a user types it."""

from __future__ import annotations

from bench.cli.main import main


def test_a_model_that_is_not_there_is_one_line(capsys):
    assert main(["random-models", "check", "--against", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err
