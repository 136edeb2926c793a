"""Lines are printed as they are."""

from __future__ import annotations

import io

from rich.console import Console

from bench.common.terminal import say


def test_a_line_is_neither_wrapped_nor_coloured_nor_read_as_markup():
    console = Console(file=io.StringIO(), width=20, force_terminal=True)
    line = "[bold] runs/of a long name/12.5 ms/report.html"
    say(console, line)
    assert console.file.getvalue() == f"{line}\n"
