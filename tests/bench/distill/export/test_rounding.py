"""Rounding that keeps products, against rounding to the nearest and against the products themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bench.distill.export.quantise import quantise, quantise_table
from bench.distill.export.rounding import GptqRounding, NearestRounding

INPUTS, OUTPUTS = 96, 8
# Of 130 inputs that say only three things, so that whole errors are carried on, from one block of rows to the next.
ALIKE = GptqRounding(
    np.cov(np.random.default_rng(1).normal(size=(130, 3)) @ np.random.default_rng(0).normal(size=(3, 140)))
)


@pytest.fixture
def rows():
    """Inputs as a network has them: many dimensions that say much the same."""
    random = np.random.default_rng(3)
    return random.normal(size=(2_000, 12)) @ random.normal(size=(12, INPUTS)) + random.normal(size=(2_000, INPUTS)) / 5


@pytest.fixture
def matrix():
    return (4 * np.random.default_rng(4).normal(size=(INPUTS, OUTPUTS))).astype(np.float32)


def product_errors(rows, differences):
    return np.square(rows @ differences).sum(axis=0)


def test_products_err_less_in_every_column_than_with_nearest_integers(rows, matrix):
    precise = GptqRounding(rows.T @ rows).round(matrix, 15)
    nearest = NearestRounding().round(matrix, 15)
    assert (product_errors(rows, precise - matrix) < 0.5 * product_errors(rows, nearest - matrix)).all()


def test_the_error_is_that_of_the_products(rows, matrix):
    differences = np.round(matrix) - matrix
    found = GptqRounding(rows.T @ rows).error(differences)
    np.testing.assert_allclose(found, product_errors(rows, differences), rtol=1e-6)
    np.testing.assert_allclose(NearestRounding().error(differences), np.square(differences).sum(axis=0))


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float32, (7, 3), elements=st.floats(-20, 20, width=32)),
    arrays(np.float64, 7, elements=st.floats(1e-3, 1e3)),
)
def test_inputs_that_have_nothing_in_common_leave_nothing_to_make_good(matrix, squares):
    precise = GptqRounding(np.diag(squares)).round(matrix, 15)
    np.testing.assert_array_equal(precise, np.clip(np.rint(matrix), -15, 15))


@settings(max_examples=60, deadline=None)
@given(arrays(np.float32, (130, 2), elements=st.floats(-1e3, 1e3, width=32)), st.integers(1, 7))
def test_integers_keep_their_bounds_whatever_is_carried_on(matrix, limit):
    rounded = ALIKE.round(matrix, limit)
    assert np.abs(rounded).max() <= limit
    np.testing.assert_array_equal(rounded, np.rint(rounded))


def test_inputs_that_were_never_seen_are_rounded_all_the_same(matrix):
    np.testing.assert_array_equal(
        GptqRounding(np.zeros((INPUTS, INPUTS))).round(matrix, 15), NearestRounding().round(matrix, 15)
    )


def test_quantised_products_err_less_with_the_moment_of_their_inputs(rows, matrix):
    def error(moment):
        integers, scales = quantise(matrix, 5, moment)
        return product_errors(rows, integers * scales - matrix).sum()

    assert error(rows.T @ rows) < 0.5 * error(None)


def test_a_table_keeps_its_products_with_the_projection():
    random = np.random.default_rng(5)
    table = random.normal(size=(500, 24)).astype(np.float32) * np.linspace(0.1, 2, 24, dtype=np.float32)
    projection = (random.normal(size=(24, 6)) @ random.normal(size=(6, 40))).astype(np.float32)
    integers, scales = quantise_table(table, projection, 5)
    assert integers.dtype == np.int8
    assert np.abs(integers).max() <= 15
    nearest, nearest_scales = quantise(table, 5)
    errors = [np.square((found - table) @ projection).sum() for found in (integers * scales, nearest * nearest_scales)]
    assert errors[0] < 0.5 * errors[1]
