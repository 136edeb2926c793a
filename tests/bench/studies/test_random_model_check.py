"""The check of a model of random weights against a real one."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from bench.common.errors import BenchError
from bench.experiment.random_shape import Shape
from bench.studies import random_model_check
from bench.studies.random_model_check import check, compare_times, described_shape
from flashrank import Ranker


def test_times_are_compared_turn_by_turn_and_who_is_first_alternates(fixtures, monkeypatch):
    real, other = (Ranker(fixtures / "one-logit-int8", log_level="ERROR") for _ in range(2))
    clock, asked = [0.0], []

    def rerank(ranker, _):
        asked.append(ranker)
        slowed = len(asked) / 100  # a machine that gets slower slows both
        clock[0] += (1.0 if ranker is real else 1.25) * (1 + slowed)

    monkeypatch.setattr(Ranker, "rerank", rerank)
    monkeypatch.setattr(random_model_check.time, "process_time", lambda: clock[0])
    ((tokens, times),) = compare_times(real, other, [32], passages=2, turns=10)
    assert (tokens, len(times.ratios)) == (32, 10)
    ratio, (real_seconds, other_seconds) = times.median_ratio(), times.medians
    assert ratio.median == pytest.approx(1.25, abs=0.02)
    assert ratio.low <= ratio.median <= ratio.high
    assert other_seconds / real_seconds == pytest.approx(1.25, abs=0.02)
    firsts = asked[::2]
    assert firsts.count(real) == pytest.approx(firsts.count(other), abs=1)


def test_the_shape_is_that_of_the_configuration(shared, fixtures):
    assert described_shape(shared / "models" / "ms-marco-MiniLM-L-12-v2") == Shape(layers=12, hidden_size=384)
    assert described_shape(fixtures / "no-token-types").architecture == "T5 encoder"


def test_what_is_neither_bert_nor_t5_is_refused(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "deberta"}))
    with pytest.raises(BenchError, match=r"'deberta', and none of: bert, t5"):
        described_shape(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert", "hidden_size": 64}))
    with pytest.raises(BenchError, match=r"config\.json: "):
        described_shape(tmp_path)


def test_a_model_of_other_operators_fails_the_check(fixtures, tmp_path, monkeypatch, capsys):
    """This fixture's exporter wrote another mask than the shipped model's did."""
    monkeypatch.setattr("bench.random_models.store.default_folder", lambda: tmp_path)
    real = str(fixtures / "one-logit-int8")
    assert not check(real, None, [32], passages=2, turns=2, console=Console())
    said = " ".join(capsys.readouterr().out.split())
    assert "operators in the file: other" in said
    assert "L-2 x 32 (random weights): not faithful" in said
