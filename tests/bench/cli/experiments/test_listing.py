"""The tables of ``ls``."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bench.cli.experiments.listing import LISTED, everything, needs_table
from bench.experiment.schema import Experiment
from flashrank import list_models


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """Return the text of one table, wide enough that no cell wraps."""
    monkeypatch.setenv("FLASHRANK_CACHE_DIR", str(tmp_path / "models"))

    def show(what):
        console = Console(width=1000, file=io.StringIO())
        for table in everything(tmp_path / "runs", what):
            console.print(table)
        return console.file.getvalue()

    return show


def test_models_are_the_rows_of_the_list(listed):
    lines = listed("models").splitlines()
    for spec in list_models():
        (line,) = (line for line in lines if line.split()[:1] == [spec.name])
        cells = [cell.strip() for cell in line.split("  ") if cell.strip()]
        assert cells[1:4] == [spec.architecture, spec.tokenizer, f"{spec.layers} x {spec.hidden_size}"]
        assert cells[5] == (spec.license or "not stated")
        assert cells[6] == ("yes" if spec.bundled else "no")
        assert cells[-1] == spec.verified.split(":")[0]


def test_every_row_says_how_it_was_verified(listed):
    text = " ".join(listed("models").split())
    for spec in list_models():
        assert spec.verified
        assert spec.verified in text


def test_requirements_are_shown_with_their_brackets():
    peers = {"systems": ["sentence-transformers-onnx"], "workloads": [{"mix": "short"}]}
    table, _, _ = needs_table(Experiment.model_validate({"name": "x", "models": ["nano"], "peers": peers}))
    console = Console(width=1000, file=io.StringIO())
    console.print(table)
    assert "sentence-transformers[onnx]==" in console.file.getvalue()


def test_one_table_or_all_of_them(listed, tmp_path):
    assert [table.title.split()[0] for table in everything(tmp_path / "runs")] == list(LISTED)
    assert "latency" in listed("experiments")
    assert "nano" not in listed("runs")
