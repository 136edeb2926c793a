"""The moments that a device sums up."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: NO moments were summed on a device ran")

from bench.distill.export import input_moments as moments  # noqa: E402
from bench.distill.from_packs.device_export import second_moments  # noqa: E402


def test_moments_are_those_of_the_graph(student, reader, lists, examples):
    expected = moments.second_moments(student.weights, student.design.heads, [p for e in examples for p in e.pairs])
    found = second_moments(reader.on_device(student.weights), reader, lists, lambda: 100.0)
    for name in expected.keys() & found.keys():
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-3, atol=1e-2, err_msg=name)
    assert {"projection", "encoder.layer.0.attention.self.query.weight", "pooler.dense.weight"} <= found.keys()
    assert {name for name in expected if name.endswith(".weight")} <= found.keys()
