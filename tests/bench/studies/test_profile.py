"""Where the time of a pair goes, on small models."""

from __future__ import annotations

import pytest

from bench.common.errors import BenchError
from bench.studies.profile import Profile, find_model, profile, table_lines


@pytest.mark.parametrize(
    ("graph", "operator", "other"),
    [("fast", "MultiHeadAttention", "Softmax"), ("as-shipped", "Softmax", "MultiHeadAttention")],
)
def test_the_parts_of_a_pair_are_those_of_the_graph_that_is_run(tmp_path, monkeypatch, graph, operator, other):
    monkeypatch.setattr("bench.random_models.store.default_folder", lambda: tmp_path)
    found = profile("bert-2x64", tokens=32, passages=2, turns=3, graph=graph)
    assert found.operators[operator] > 0
    assert other not in found.operators
    assert sum(found.operators.values()) + sum(found.outside.values()) == pytest.approx(found.total)


def test_a_shape_is_written_once_and_a_name_stays_a_name(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.random_models.store.default_folder", lambda: tmp_path)
    assert find_model("nano") == "nano"
    written = find_model("t5-1x48")
    assert find_model("t5-1x48") == written
    assert (tmp_path / written.name / "model.onnx").is_file()
    with pytest.raises(BenchError, match="bert-2x128 or t5-12x768"):
        find_model("bert-2x129")


def test_small_operators_share_a_row_and_what_a_model_lacks_is_zero():
    large = Profile("large", 1000.0, {"tokenization": 20.0}, {"MatMul": 800.0, "Add": 175.0, "Tanh": 5.0})
    small = Profile("small", 100.0, {"tokenization": 40.0}, {"MatMul": 60.0})
    assert table_lines([large, small]) == [
        "| us per pair | large | small |",
        "| --- | ---: | ---: |",
        "| `session.run` | 980 (98 %) | 60 (60 %) |",
        "| `MatMul` | 800 (80 %) | 60 (60 %) |",
        "| `Add` | 175 (18 %) | 0 (0 %) |",
        "| other operators | 5 (0 %) | 0 (0 %) |",
        "| tokenization | 20 (2 %) | 40 (40 %) |",
        "| all | 1000 (100 %) | 100 (100 %) |",
    ]
