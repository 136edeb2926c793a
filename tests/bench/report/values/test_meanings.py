from __future__ import annotations

import pytest

from bench.report.values.meanings import explain


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("nDCG@10", "first 10 documents"),
        ("RR", "the ranking"),
        ("P(rel=2)@5", "P(rel=2)@5 is the share of relevant documents in the first 5 documents"),
        ("RBP(p=0.8)", "documentation of ir-measures"),
    ],
)
def test_the_primary_measure_is_explained(measure, words):
    assert words in explain(measure)
