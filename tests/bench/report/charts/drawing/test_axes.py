from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report.charts.drawing.axes import log_ticks, round_ticks, tick_labels, widened


def test_limits_leave_room_and_never_collapse():
    assert widened([1.0, 100.0], 2.0, 4.0) == pytest.approx((0.5, 200.0))
    assert widened([10.0], 1.1, 4.0) == pytest.approx((5.0, 20.0))
    low, high = widened([0.0], 1.1, 4.0)
    assert 0 < low < high


def test_ticks_are_round_and_within():
    assert round_ticks(0.0, 0.83, 8) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    assert round_ticks(-0.07, 0.12, 4) == pytest.approx([-0.05, 0, 0.05, 0.1])


def test_tick_labels_have_equally_many_decimals():
    assert tick_labels([0.0, 0.25, 0.5]) == ["0", "0.25", "0.50"]
    assert tick_labels([-0.1, 0.0, 0.1], signed=True) == ["−0.1", "0", "+0.1"]  # noqa: RUF001


@given(st.floats(1e-3, 1e5), st.floats(2, 1e5))
def test_log_ticks_lie_within_and_are_several(low, factor):
    ticks = log_ticks(low, low * factor)
    assert len(ticks) >= 3
    assert all(low <= tick <= low * factor for tick in ticks)
    assert ticks == sorted(ticks)
