"""Time shared out."""

from __future__ import annotations

from bench.distill.from_packs.time_budget import TimeBudget


def test_time_is_left_until_it_is_spent_or_stopped():
    times = iter([100.0, 100.0, 130.0, 130.0, 170.0, 120.0])
    clock = TimeBudget(60, lambda: next(times))
    assert [clock.left(), clock.left(), clock.left(0.75), clock.left()] == [60, 30, 15, 0]
    clock.stop()
    assert clock.left() == 0
