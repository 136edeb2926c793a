"""How far a run is: a bar in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from bench.common.terminal import say

T = TypeVar("T")

_SECONDS_BETWEEN_LINES = 10.0


class _Rate(ProgressColumn):
    """Steps per second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.finished_speed or task.speed or 0:.2f}/s")


def track(items: Iterable[T], *, label: str, total: int, unit: str, console: Console) -> Iterator[T]:
    """Yield ``items``, showing how many of ``total`` are done, their rate and the time left.

    Args:
        items: What is worked through; each counts as done when the next is asked for.
        label: What is being done.
        total: How many items there are.
        unit: What an item is called, in the plural.
        console: Where to show it.
    """
    if not console.is_terminal:
        yield from _lines(items, label, total, unit, console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=total)
        for item in items:
            yield item
            bar.advance(task)


def _lines(items: Iterable[T], label: str, total: int, unit: str, console: Console) -> Iterator[T]:
    started = last = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - last >= _SECONDS_BETWEEN_LINES and done < total:
            rate = done / (now - started)
            left = (total - done) / rate
            say(console, f"{label}: {done}/{total} {unit}, {rate:.2f}/s, {left:.0f} s left")
            last = now
