"""Progress: a bar in a terminal, plain lines elsewhere, and every item passed on."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from bench.run import progress
from bench.run.progress import track


@pytest.mark.parametrize("terminal", [True, False])
def test_every_item_is_passed_on(terminal):
    console = Console(file=io.StringIO(), force_terminal=terminal)
    assert list(track(iter(range(7)), label="SciFact: L-12", total=7, unit="queries", console=console)) == list(
        range(7)
    )


def test_lines_tell_what_is_done_the_rate_and_the_time_left(monkeypatch):
    clock = iter([0.0, 5.0, 20.0, 22.0, 40.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    output = io.StringIO()
    list(track(iter("abcd"), label="SciFact: L-12", total=4, unit="queries", console=Console(file=output)))
    assert output.getvalue() == "SciFact: L-12: 2/4 queries, 0.10/s, 20 s left\n"


def test_the_bar_shows_count_and_unit():
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=100)
    list(track(iter(range(3)), label="SciFact: L-12", total=3, unit="queries", console=console))
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", output.getvalue())
    assert "SciFact: L-12" in text
    assert "3/3 queries" in text
