"""Numbers: what text may write one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.common.numbers import finite_number, whole_number

NOT_NUMBERS = ["", "-", "1_0", " 1", "1 ", "1\n", "\u0661", "\uff11", "one", "0x10", "--1", "1,0", "nan", "inf"]


@given(st.integers(-(10**60), 10**60))
def test_every_integer_reads_back(number):
    assert whole_number(str(number)) == number
    assert finite_number(str(number)) == float(number)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_reads_back(number):
    assert finite_number(repr(number)) == number


def test_signs_and_zeros_before_a_number_are_read():
    assert (whole_number("+3"), whole_number("-0"), whole_number("007")) == (3, 0, 7)
    assert [finite_number(text) for text in ("+.5", "5.", "1E2", "-1e-3")] == [0.5, 5.0, 100.0, -0.001]


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_what_only_python_reads_is_no_number(text):
    assert whole_number(text) is None
    assert finite_number(text) is None


@pytest.mark.parametrize("text", ["1.0", "1e3", "9" * 5000])
def test_what_is_not_a_whole_number(text):
    assert whole_number(text) is None


@pytest.mark.parametrize("text", ["1e400", "-1e400", "Infinity", "1e", "."])
def test_what_no_finite_float_holds(text):
    assert finite_number(text) is None
