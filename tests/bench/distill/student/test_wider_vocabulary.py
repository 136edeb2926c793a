"""More pieces for a student: what it has stays, what is new is what it would have learned had it been there."""

from __future__ import annotations

import numpy as np
import pytest

from bench.distill.student.wider_vocabulary import widened

PIECES = [f"piece{i}" for i in range(60)]


@pytest.fixture
def teacher():
    rows = np.random.default_rng(0).normal(size=(60, 12)).astype(np.float32)
    return {"embeddings.word_embeddings.weight": rows}


def test_a_table_that_is_a_map_of_the_teachers_grows_by_that_map(teacher):
    random = np.random.default_rng(1)
    learned = teacher["embeddings.word_embeddings.weight"] @ random.normal(size=(12, 4)) + random.normal(size=4)
    ids = {piece: i for i, piece in enumerate(PIECES)}
    old = {piece: i for i, piece in enumerate(PIECES[::2])}
    weights = {"embeddings.table": learned[::2].astype(np.float32), "other": np.ones(3, np.float32)}
    larger = widened(weights, old, teacher, ids, PIECES[10:])
    np.testing.assert_allclose(larger["embeddings.table"], learned[10:], atol=1e-4)
    assert larger["embeddings.table"].dtype == np.float32
    assert larger["other"] is weights["other"]


def test_the_rows_it_has_stay_to_the_bit(teacher):
    table = np.random.default_rng(2).normal(size=(30, 4)).astype(np.float32)
    ids = {piece: i for i, piece in enumerate(PIECES)}
    old = {piece: i for i, piece in enumerate(reversed(PIECES[:30]))}
    larger = widened({"embeddings.table": table}, old, teacher, ids, PIECES)["embeddings.table"]
    np.testing.assert_array_equal(larger[:30], table[::-1])
