"""Turns of two versions: their order, and ratios that no drift of the machine moves."""

from __future__ import annotations

import math
from itertools import islice

import pytest

from bench.gate.turns import Answer, deal, measure_block, measure_blocks
from bench.measure.request import Request

REQUESTS = [Request(f"q{i}", f"query {i}", ("d0", "d1"), ("a", "b")) for i in range(7)]


class FakeProcess:
    """A worker process whose every answer takes as long as it is told."""

    def __init__(self, label, log, seconds):
        self.label, self._log, self._seconds = label, log, seconds

    def ask(self, query, texts):
        self._log.append((self.label, query))
        return {"seconds": self._seconds(len(self._log)), "scores": [0.5] * len(texts), "order": [1, 0]}

    def __enter__(self):
        self._log.append((self.label, "starts"))
        return self

    def __exit__(self, *_):
        self._log.append((self.label, "ends"))


def test_the_order_is_abba_after_a_warm_up():
    log = []
    measure_block(FakeProcess("A", log, lambda _: 1.0), FakeProcess("B", log, lambda _: 1.0), REQUESTS[:4])
    timed = log[4:]
    assert "".join(label for label, _ in timed) == "ABBAABBA"
    assert [query for _, query in timed[::2]] == [request.query for request in REQUESTS[:4]]


def test_a_steady_drift_is_no_slowdown():
    log = []
    drift = lambda turn: 1.01**turn  # noqa: E731
    block = measure_block(FakeProcess("A", log, drift), FakeProcess("B", log, drift), REQUESTS[:6])
    assert block.log_ratios == pytest.approx([0, 0, 0])


def test_ratios_are_new_over_base():
    log = []
    block = measure_block(FakeProcess("A", log, lambda _: 1.0), FakeProcess("B", log, lambda _: 1.2), REQUESTS[:4])
    assert block.log_ratios == pytest.approx([math.log(1.2)] * 2)
    assert block.base == block.new == {f"q{i}": Answer((0.5, 0.5), (1, 0)) for i in range(4)}


def test_every_share_has_processes_of_its_own():
    log = []

    def start(label):
        return lambda: FakeProcess(label, log, lambda _: 1.0)

    list(measure_blocks(start("A"), start("B"), iter([REQUESTS[:2], REQUESTS[2:4]])))
    assert [label for label, what in log if what == "starts"] == ["A", "B", "A", "B"]
    assert log[-1][1] == "ends"


@pytest.mark.parametrize(("requests", "shares", "size"), [(7, 3, 4), (80, 5, 16), (1, 3, 2), (6, 3, 2)])
def test_shares_are_even_and_the_first_hold_everything(requests, shares, size):
    wanted = [Request(str(i), "", (), ()) for i in range(requests)]
    dealt = list(islice(deal(wanted, shares), shares + 2))
    assert {len(share) for share in dealt} == {size}
    assert {request for share in dealt[:shares] for request in share} == set(wanted)
