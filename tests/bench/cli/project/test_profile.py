"""The verb ``profile``."""

from __future__ import annotations

import pytest

from bench.cli.main import main
from bench.common.exit_codes import ExitCode


def test_the_table_is_printed_and_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("bench.random_models.store.default_folder", lambda: tmp_path / "models")
    page = tmp_path / "new" / "profile.md"
    small = ["--tokens", "32", "--passages", "2", "--turns", "2", "--out", str(page)]
    assert main(["profile", "bert-1x64", *small]) == 0
    text = page.read_text(encoding="utf-8")
    assert "medians of 2 requests of 2 pairs of 32 tokens" in text
    assert "| us per pair | bert-1x64 |" in text
    assert "us per pair" in capsys.readouterr().out


@pytest.mark.parametrize("unknown", ["bert-2x129", "no-such-model"])
def test_a_model_that_cannot_be_is_refused_before_any_is_measured(monkeypatch, capsys, unknown):
    monkeypatch.setattr("bench.cli.project.profile.profile", lambda *_: pytest.fail("measured"))
    assert main(["profile", "nano", unknown]) == ExitCode.REFUSED
    assert unknown in capsys.readouterr().err
